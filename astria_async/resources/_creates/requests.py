"""The creates that can be found again, as requests: what is sent, and where its object is looked for if that is lost.

A tune is looked for in the account's tunes, by its title; a prompt in the account's prompts, in the workspace that pays
for it, by its seed: an adapter's prompts lie on a base model, whose own list may hold others' too [I].
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..._codec import is_created, is_json
from ..._codec.identities import is_same_identity
from ..._codec.responses import is_taken, object_in
from ..._wire import Body, Identity, LookFirst, Lookup, Request, Response
from ...middleware.idempotency import ANY_SEED
from ...models import Prompt
from ...models.mentions import mentions
from .._core import Core

Tree = Mapping[str, Any]


def create_tune(
    core: Core, tree: Tree, *, intent: str | None, drawn: bool, look_first: LookFirst | None = None
) -> Request:
    """A tune to be trained."""
    return core.create(
        "/tunes", operation="tunes.create", body=Body({"tune": tree}), identity=Identity.TUNE_TITLE, intent=intent,
        drawn=drawn, look_first=look_first, lookup=Lookup(list_url=f"{core.base_url}/tunes", root="tune"),
    )  # fmt: skip


def create_prompt(
    core: Core, base: int, tree: Tree, *, intent: str | None, drawn: bool, look_first: LookFirst | None = None,
    auto_seed: bool = True,
) -> Request:  # fmt: skip
    """A prompt to be drawn by the model of this id."""
    is_findable = auto_seed or tree.get("seed") not in (None, ANY_SEED)
    return core.create(
        f"/tunes/{base}/prompts", operation="prompts.create", body=Body({"prompt": tree}),
        intent=intent, drawn=drawn, look_first=look_first,
        identity=Identity.PROMPT_SEED if is_findable else None,
        lookup=_among_prompts(core, {"tune_id": base}, workspace=tree.get("workspace_id")),
    )  # fmt: skip


def duplicate_prompt(core: Core, number: int, changes: Tree, image_index: int | None) -> Request:
    """A prompt to be ordered again. It has no seed of ours; its copies say what they were made of [V, the use is I]."""
    tree = {**({"prompt": changes} if changes else {}), **({} if image_index is None else {"image_index": image_index})}
    return core.create(
        f"/prompts/{number}/duplicate", operation="prompts.duplicate", body=Body(tree) if tree else None,
        lookup=_among_prompts(
            core, {"orig_prompt_id": number}, {"orig_prompt_id": number}, workspace=changes.get("workspace_id")
        ),
    )  # fmt: skip


def run_pack(
    core: Core, pack: int | str, path: str, tree: Tree, *, intent: str | None, drawn: bool,
    look_first: LookFirst | None = None,
) -> Request:  # fmt: skip
    """A pack to be run: for a new tune, which is found by its title; or for tunes that are there, whose new prompts say
    which pack they come from [V, the use is I]. A slug does not say the pack's id, by which they would be looked for.
    """
    tune_ids = tree.get("tune_ids")
    identity, lookup = Identity.TUNE_TITLE, None
    if not tune_ids:
        lookup = Lookup(list_url=f"{core.base_url}/tunes", root="tune")
    elif isinstance(pack, int):
        expect = {"base_pack_id": pack}
        lookup = _among_prompts(core, expect, expect, tune_ids=tuple(tune_ids))
    return core.create(
        path, operation="packs.run", body=Body({"tune": tree}), intent=intent, drawn=drawn, look_first=look_first,
        lookup=lookup, identity=None if tune_ids else identity, accepts=_is_run,
    )  # fmt: skip


def belongs_to(prompt: Prompt, tune_id: int) -> bool:
    """Whether a prompt is of this tune: it was posted to its id, or its text refers to it."""
    return (
        prompt.tune_id == tune_id
        or mentions(prompt.text, tune_id)
        or mentions(prompt.extra.get("video_prompt"), tune_id)
    )


def _among_prompts(
    core: Core,
    expect: Mapping[str, Any],
    filters: Mapping[str, Any] | None = None,
    *,
    workspace: int | None = None,
    tune_ids: tuple[int, ...] | None = None,
) -> Lookup:
    return Lookup(
        list_url=f"{core.base_url}/prompts", root="prompt", expect=expect, filters=filters or {}, workspace=workspace,
        tune_ids=tune_ids,
    )  # fmt: skip


def is_entitled(root: str) -> Callable[[Response, Request], bool]:
    """Whether a 2xx is the pack, or the workspace, that was made: it has its title, if that comes back."""

    def accepts(response: Response, request: Request) -> bool:
        if not is_created(response, request):
            return False
        title = request.body.get((root, "title")) if request.body is not None else None
        item = object_in(response) or {}
        return is_same_identity(title, item.get("title") or title)

    return accepts


def _is_run(response: Response, request: Request) -> bool:
    """Whether a 2xx is one of the three answers to a pack's run; if it is a tune, then the one that was asked for."""
    if not is_json(response) or not isinstance(response.json(), dict):
        return False
    number = response.json().get("id")
    tune_ids = request.body.get(("tune", "tune_ids")) if request.body is not None else None
    if number is not None:
        return number in tune_ids if tune_ids else is_created(response, request)
    is_run = any(response.json().get(name) is not None for name in ("order", "prompt_ids", "message"))
    return is_run and is_taken(response, request)
