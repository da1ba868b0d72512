"""Whether an object in a list is the one that a lost create made: pure, one verdict an object.

Identity comes first. A UUID or a seed that was made for this intent is enough, whatever a clock says. What the caller
chose (a seed, a title with a customer's UUID) is enough only together with the rest of what was sent, and for an object
that was made since. Everything that could be the object, and could be another's, is "maybe": the SDK does not guess
with money.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from attrs import frozen

from ..._codec.identities import as_seed, is_another, normalized, uuids_in
from ..._wire import FilePart, Identity, Request

Item = Mapping[str, Any]

#: Seconds by which an object may seem older than its create: the clocks of the service's machines differ.
MARGIN = 120
#: Seconds by which an object's time may be off and still count as made since: HTTP dates have whole seconds.
ROUNDING = 2

#: What comes back as it was sent: another value is another object's.
_VERBATIM = ("name", "base_tune_id", "text", "negative_prompt", "num_images")
#: What the service corrects or fills in (an SDXL tune is always a pti [D]): a difference proves nothing.
_CORRECTED = ("model_type", "branch", "token", "steps", "face_crop", "preset", "resolution", "aspect_ratio", "w", "h")
#: Compared as identity, or told by the list that is read.
_NOT_COMPARED = ("title", "seed", "workspace_id")
#: What the service never fills in by itself: an object that has it was ordered with it.
_ONLY_IF_SENT = ("input_image", "mask_image", "input_video", "image_references", "controlnet", "video_model")
#: Parameters that hold an image, a video or a sound, or are about one; not num_images.
_MEDIA = re.compile(r"^(?!num_images$).*(image|video|frame|mask|audio|style_ref)")
#: Parameters with which the service may write the text anew [D].
_REWRITING = ("prompt_expansion", "theme", "use_lpw")


class Verdict(Enum):
    """What an object in a list is to a lost create."""

    MINE = "mine"
    MAYBE = "maybe"
    NOT = "not"


@frozen(kw_only=True)
class Window:
    """When the object can have been made, by the server's clock; None: not known, so that time tells nothing.

    `since` is the earliest moment, with all that clocks may be off; `exactly` is the first attempt itself.
    """

    since: datetime | None
    exactly: datetime | None


#: Nothing is known of when.
ANY_TIME = Window(since=None, exactly=None)


def judge(item: Item, request: Request, window: Window) -> Verdict:
    """The verdict on one object of the list, for a create as it was sent."""
    lookup = request.lookup
    if lookup is None:
        return Verdict.NOT
    expected = {name: item.get(name) for name in lookup.expect}
    is_same = _has_identity(item, request)
    is_elsewhere = any(is_another(value, lookup.expect[name]) for name, value in expected.items())
    if is_same and request.identity_drawn:
        return Verdict.MAYBE if is_elsewhere else Verdict.MINE
    if is_same is False or is_elsewhere:
        return Verdict.NOT
    made = made_at(item)
    if window.since is not None and made is not None and made < window.since:
        return Verdict.NOT
    likeness = _compare(item, sent_in(request), lookup.root)
    if "tune_id" in lookup.expect and any(_came_unasked(name, item, sent_in(request)) for name in _ONLY_IF_SENT):
        if not _may_fill_in(sent_in(request)):
            return Verdict.NOT  # a copy, or a pack's prompt, has the images of what it was made of
        likeness = Verdict.MAYBE if likeness is Verdict.MINE else likeness
    if likeness is Verdict.NOT or None in expected.values() or not is_same:
        return likeness if likeness is Verdict.NOT else Verdict.MAYBE
    is_since = window.exactly is not None and made is not None and made >= window.exactly
    return likeness if is_since else Verdict.MAYBE


def could_be(item: Item, request: Request) -> bool:
    """Whether an object that came as the answer, but shows another title or seed, can be this create's nevertheless: the
    service may have put its own in the place of what was sent.
    """
    lookup = request.lookup
    if lookup is None:
        return False
    is_elsewhere = any(is_another(item.get(name), value) for name, value in lookup.expect.items())
    if is_elsewhere and not _has_identity(item, request):
        return False
    shown = item.get(
        "text" if lookup.root == "prompt" else "name"
    )  # of an answer that shows neither, nothing speaks for it
    return shown is not None and _compare(item, sent_in(request), lookup.root) is not Verdict.NOT


def shows_identity(item: Item, request: Request) -> bool:
    """Whether an object has the title, the seed or the origin that was sent, whatever else speaks against it."""
    return _has_identity(item, request) is True


def keys_of(item: Item, root: str) -> list[object]:
    """What an object is told by: a prompt's seed, each UUID in a tune's title and the title itself. Empty: it has none."""
    if root == "prompt":
        seed = as_seed(item.get("seed"))
        return [] if seed is None else [seed]
    title = item.get("title")
    return [*uuids_in(title), normalized(title)] if isinstance(title, str) and title.strip() else []


def wanted_keys(request: Request) -> list[object] | None:
    """The keys under which a lost create's object stands, if it shows its identity; None: any object could be it."""
    value = identity_of(request)
    if value is None:
        return None
    if request.identity is Identity.TUNE_TITLE:
        return [*(uuids_in(value) or [normalized(str(value))])]
    return [value]


def identity_of(request: Request) -> Any:
    """The title or the seed that a create was sent with; None if it has neither."""
    if request.identity is None or request.body is None:
        return None
    return request.body.get(request.identity.at)


def sent_in(request: Request) -> Mapping[str, Any]:
    """The parameters of a create."""
    tree = request.body.tree if request.body is not None else {}
    root = request.lookup.root if request.lookup is not None else ""
    inner = tree.get(root) if isinstance(tree, Mapping) else None
    return inner if isinstance(inner, Mapping) else {}


def made_at(item: Item) -> datetime | None:
    """When an object was made, by the server's clock; None if that does not say."""
    try:
        moment = datetime.fromisoformat(item["created_at"])
    except (KeyError, TypeError, ValueError):
        return None
    return moment if moment.tzinfo else None


def window_of(server_now: datetime | None, longest: float, shortest: float) -> Window:
    """The window for a first attempt so many seconds ago: the longest and the shortest that any clock says."""
    if server_now is None:
        return Window(since=None, exactly=None)
    try:
        return Window(
            since=server_now - timedelta(seconds=longest + MARGIN),
            exactly=server_now - timedelta(seconds=min(longest, max(shortest, 0.0)) + ROUNDING),
        )
    except OverflowError:  # a clock that is thousands of years off
        return Window(since=None, exactly=None)


def _has_identity(item: Item, request: Request) -> bool | None:
    """True: it shows the identity that was sent. False: it shows another one. None: it shows none, or none was sent."""
    wanted = wanted_keys(request)
    if request.lookup is not None and wanted is None:
        return None if request.identity is not None or not request.lookup.expect else _is_told_by_origin(request)
    keys = keys_of(item, request.lookup.root if request.lookup is not None else "")
    if not keys or wanted is None:
        return None
    if request.identity is Identity.TUNE_TITLE and not uuids_in(identity_of(request)):
        return None if wanted[0] in keys else False  # a title without a UUID may stand on anybody's tune
    if not any(key in keys for key in wanted):
        return False
    if request.identity is Identity.TUNE_TITLE and not request.identity_drawn:
        return (
            True if normalized(str(identity_of(request))) in keys else None
        )  # a customer's UUID is on all their tunes
    return True


def _is_told_by_origin(request: Request) -> bool | None:
    """A copy or a pack's run has no seed of ours: where it comes from has to do [V the rule, I the use]."""
    expect = request.lookup.expect if request.lookup is not None else {}
    return True if expect.keys() & {"orig_prompt_id", "base_pack_id"} else None


def _compare(item: Item, sent: Mapping[str, Any], root: str) -> Verdict:
    """Compare every field that comes back with what was sent."""
    doubts = False
    for name, value in sent.items():
        if name in _NOT_COMPARED or name in _CORRECTED or value is None:
            continue
        came = item.get(name)
        if isinstance(value, (FilePart, list, tuple, Mapping)) or name.endswith(("_url", "_urls", "_base64")):
            # A prompt's input image lies elsewhere by now: if its place is not the same, nothing tells whose it is. A
            # tune's images never come back as they went; its title has to do.
            doubts = doubts or (root == "prompt" and came != value)
        elif came is not None and came != "" and not _is_equal(value, came):
            if (
                isinstance(came, str) is isinstance(value, str)
                and name in _VERBATIM
                and not (name == "text" and _may_be_rewritten(sent))
            ):
                return Verdict.NOT
            doubts = True
    return Verdict.MAYBE if doubts else Verdict.MINE


def _came_unasked(name: str, item: Item, sent: Mapping[str, Any]) -> bool:
    """Whether an object has what this create was sent without, under its own name or as a URL."""
    stem = name.removesuffix("s")
    return bool(item.get(name) or item.get(f"{stem}_url")) and not any(key.startswith(stem) for key in sent)


def _may_fill_in(sent: Mapping[str, Any]) -> bool:
    """Whether the service may show an image, or a video's model, under a name that was not sent: flags in the text stand
    for parameters [D], and one image may be shown in another's place [I].
    """
    return "--" in str(sent.get("text", "")) or any(_MEDIA.search(name) for name in sent)


def _is_equal(sent: object, came: object) -> bool:
    if isinstance(sent, str) and isinstance(came, str):
        return normalized(sent) == normalized(came)
    if isinstance(sent, (int, float)) and isinstance(came, (int, float, str)):  # cfg_scale comes back as "3.0" [R]
        try:
            return float(sent) == float(came)
        except (ValueError, OverflowError):
            return False
    return sent == came


def _may_be_rewritten(sent: Mapping[str, Any]) -> bool:
    """Whether the service may have put another text in place of the one that was sent [D]."""
    text = str(sent.get("text", ""))
    return "--" in text or "{{" in text or any(sent.get(name) for name in _REWRITING)


def made_by_one_run(items: list[Item]) -> Iterator[list[Item]]:
    """The prompts of a pack, one list for each run: by their order, as far as they name one."""
    runs: dict[object, list[Item]] = {}
    for item in items:
        order = item.get("order_id")
        runs.setdefault(order if isinstance(order, int) else None, []).append(item)
    yield from runs.values()
