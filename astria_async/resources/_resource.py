"""What every resource stands on: sending a request, and what is made of its answer."""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import datetime
from inspect import CO_VARKEYWORDS, isfunction
from typing import Any, NoReturn, TypeVar

from .._codec import check, decode, decode_list, digest, http_date, is_created
from .._codec.responses import object_in
from .._runtime.threads import in_thread
from .._runtime.warn import warn
from .._values.spelling import explain_misspelt, unknown_name
from .._wire import Request, Response
from ..errors import AstriaError, AstriaWarning, DecodeError, ParameterError, WorkspaceMismatchWarning
from ..middleware.idempotency import idempotency_seed, idempotency_title
from ..middleware.recovery.lookup import MARGIN
from ..models import Order, Pack, Prompt, Tune, VideoInspection, Workspace
from ..models._base import Model
from ..models.hints import hints_of
from ..models.parameters.describe import describe
from ..models.parameters.params import PackRunParams, Params, PromptParams, TuneParams
from ..models.parameters.scalars import a, as_whole, shown
from ._core import Core
from ._creates.prepared import Prepared, write_files
from .listing import Cursor, Listing

M = TypeVar("M", bound=Model)
L = TypeVar("L", Tune, Prompt, Pack)
O = TypeVar("O", Tune, Prompt)
P = TypeVar("P", TuneParams, PromptParams, PackRunParams)

log: logging.Logger = logging.getLogger("astria_async")


class Resource:
    """A part of the API, on a client's core."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def __init_subclass__(cls) -> None:
        """Have each public method name the nearest keyword. What takes `**keywords` does that by itself, and is
        described with each of them.
        """
        for name, value in list(vars(cls).items()):
            if name.startswith("_") or not isfunction(value):
                continue
            if value.__code__.co_flags & CO_VARKEYWORDS:
                describe(value)
            else:
                setattr(cls, name, explain_misspelt(value))

    def __reduce_ex__(self, protocol: object, /) -> NoReturn:
        raise TypeError(
            f"{type(self).__name__.lower()} of an AsyncAstria client cannot be pickled or copied: make a new client in each process"
        )

    async def _one(self, request: Request, kind: type[M]) -> M:
        response = await self._core.send(request)
        model = decode(response, kind, request)
        if isinstance(model, (Tune, Prompt)):
            self._compare_workspace(model, response)
        return model

    async def _created(self, request: Request, kind: type[O]) -> O:
        """Send a create, and warn if it returns an object that was there before. What it returns is paid for."""
        clock = self._core.clock
        began, began_at = clock.monotonic(), clock.now()
        response = await self._core.send(request)
        model = _decode_created(response, request, kind)
        self._compare_workspace(model, response)
        now, made_at = http_date(response.headers.get("date", "")), model.created_at
        if now is None or made_at is None or request.look_first is not None:
            return model
        took = max(clock.monotonic() - began, (clock.now() - began_at).total_seconds())  # a machine may have slept
        if (now - made_at).total_seconds() > took + MARGIN:
            text = "a create returned an object that was there before: its title, seed or key was used already"
            warn(text, AstriaWarning, is_paid=True)
        return model

    async def _finished(self, created: O, wait: Awaitable[O]) -> O:
        """Wait for what was just created. It is paid for, so whatever ends the wait names it."""
        try:
            return await wait
        except BaseException as error:
            text = f"the {type(created).__name__.lower()} {created.id} was created before this"
            error.add_note(f"{text}: it can be read and waited for by its id")
            if isinstance(error, AstriaError):
                error.created = created
            else:  # a cancellation, which nobody may look into
                log.warning("a wait was broken off; %s", text)
            raise

    async def _name(self, tree: dict[str, Any], name: str, path: str, key: str | None) -> str | None:
        """Put the title or seed that an idempotency key makes into the tree. Returns the order's name; None for no key."""
        if key is None:
            return None
        if not isinstance(key, str) or not key.strip():
            raise ParameterError(f"idempotency_key: {key!r} is not a text; give one that names the order")
        if tree.get(name) is not None:
            raise ParameterError(f"idempotency_key: it makes the {name}; give one or the other")
        make = idempotency_seed if name == "seed" else idempotency_title
        tree[name] = make(key, path, await digest(tree))
        return intent_name(path, tree[name])

    async def _prepare(self, request: Request, ids: Mapping[str, int | str]) -> Prepared[Any]:
        core = self._core
        root = request.lookup.root if request.lookup is not None else ""
        tree = request.body.tree[root] if request.body is not None and isinstance(request.body.tree, Mapping) else {}
        has_files = request.body is not None and bool(request.body.files())
        params = await in_thread(write_files, tree, root) if has_files else write_files(tree, root)
        account, server_now = await core.who()
        prepared: Prepared[Any] = Prepared(
            operation=request.operation, ids=ids, params=params, identity_drawn=request.identity_drawn, account=account, workspace=core.workspace_id,
            base_url=core.base_url, prepared_at=server_now,
        )  # fmt: skip
        prepared.check()
        return prepared

    def _compare_workspace(self, model: Tune | Prompt, response: Response) -> None:
        """A workspace that the key cannot reach falls back to the personal one without a word [V]."""
        if self._core.workspace_id in (None, "all"):
            return
        told = model.workspace_id is not None or b'"workspace_id"' in response.body
        if told and str(model.workspace_id) != str(self._core.workspace_id):
            where = "the personal one" if model.workspace_id is None else f"workspace {model.workspace_id}"
            log.info("an object is in %s, not in workspace %s", where, self._core.workspace_id)
            text = "an object is not in the client's workspace, but in another one: check the key's access"
            warn(text, WorkspaceMismatchWarning, is_paid=True)

    def _hint(self, params: Params, tune: Tune | int | None = None, on: Tune | int | None = None) -> None:
        """Warn of what is only probably wrong, before anything is sent."""
        if self._core.validate:
            now = self._core.clock.now() if isinstance(tune, Tune) else None  # a bare id does not say when it expires
            for hint in hints_of(params, tune, now, on=on, base_url=self._core.base_url):
                warn(hint, AstriaWarning)

    async def _many(self, request: Request, kind: type[M]) -> list[M]:
        return decode_list(await self._core.send(request), kind, request)

    def _listing(
        self,
        path: str,
        kind: type[L],
        *,
        operation: str,
        filters: Mapping[str, Any],
        page_size: int,
        limit: int | None,
        cursor: Cursor = "before_id",
        keep: Callable[[L], bool] | None = None,
        what: str | None = None,
    ) -> Listing[L]:
        async def fetch(size: int, at: int | None) -> list[L]:
            query = {**filters, "limit": size, cursor: at}
            return await self._many(self._core.request("GET", path, operation=operation, query=query), kind)

        return Listing(
            fetch, what=what or path, filters=filters, page_size=page_size, limit=limit, cursor=cursor, keep=keep
        )

    async def _nothing(self, request: Request) -> None:
        check(await self._core.send(request), request)


def intent_name(path: str, identity: object) -> str:
    """The name of an order whose title or seed was made for it alone."""
    return f"{path}:{identity}"


#: What an id belongs to, by the word in its parameter's name.
_KINDS: dict[str, type[Model]] = {
    "tune": Tune, "on": Tune, "prompt": Prompt, "pack": Pack, "workspace": Workspace, "inspection": VideoInspection,
    "order": Order,
}  # fmt: skip


def id_of(value: Any, parameter: str) -> int:
    """The id of a tune, prompt, pack or workspace, given as the object or as its id.

    Raises ParameterError, also for an object of another kind: a prompt's id is some tune's id, too.
    """
    if type(value) is int and value > 0:
        return value
    words = re.findall("|".join(_KINDS), parameter)
    kind = _KINDS[words[-1]] if words else Model
    if isinstance(value, kind):
        value = getattr(value, "id", None)
    what = f"{a(kind.__name__)} or its id" if words else "an id"
    if isinstance(value, Model):
        raise ParameterError(f"{parameter}: {a(type(value).__name__)} was given; pass {what}")
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        remedy = ""
        if isinstance(value, str) and value.strip().isdigit():
            remedy = f", as int({shown(value)})"
        elif hasattr(value, "id"):
            remedy = f", here the .id of the {type(value).__name__}"
        raise ParameterError(f"{parameter}: {shown(value)} is not an id; pass {what}{remedy}")
    number = as_whole(value, parameter)
    if number < 1:
        raise ParameterError(f"{parameter}: {number} is not an id; pass {what}")
    return number


def check_aware(parameter: str, moment: object) -> None:
    """Raise ParameterError unless it is None, or a time with a time zone."""
    if moment is not None and (not isinstance(moment, datetime) or moment.tzinfo is None):
        raise ParameterError(f"{parameter}: {moment!r} is not an aware time; give a datetime with tzinfo=UTC")


def _decode_created(response: Response, request: Request, kind: type[O]) -> O:
    """The object, or an error that names it: it exists, whatever else of the answer cannot be read."""
    try:
        return decode(response, kind, request)
    except DecodeError as error:
        if is_created(response, request) and (item := object_in(response)):
            number = item["id"]
            error.add_note(f"The {kind.__name__.lower()} {number} was made: do not send the create again.")
        raise


def given(fields: Mapping[str, Any], *, some: bool = True) -> dict[str, Any]:
    """The fields that are not None. Raises ParameterError if nothing is given, unless `some` is False."""
    present = {name: value for name, value in fields.items() if value is not None}
    if some and not present:
        raise ParameterError(f"{', '.join(fields)}: nothing is given; give one of them")
    return present


def params_of(kind: type[P], params: P | None, keywords: dict[str, Any], *others: str) -> P:
    """The parameters, given as an object or as keywords. `others` are the method's own keywords.

    Raises TypeError for both, and for an unknown keyword, with the nearest name; ParameterError for another object.
    """
    names: Mapping[str, Any] = kind.__annotations__
    if not names.keys() >= keywords.keys():
        unknown: str = min(keywords.keys() - names.keys())
        known = [*names, *(name for name in others if name != unknown)]  # what `create` takes, `prepare` need not
        raise TypeError(unknown_name(kind.__name__, "parameter", unknown, known))
    if params is None:
        return kind(**keywords)
    if not isinstance(params, kind):
        raise ParameterError(f"params: {shown(params)} is not {a(kind.__name__)}; {_remedy(params, names, kind)}")
    if keywords:
        raise TypeError(f"give a {kind.__name__} or keywords, not both: {', '.join(keywords)}")
    return params


def _remedy(value: object, names: Collection[str], kind: type[Params]) -> str:
    """What to write instead of a value that was given by its position, and is not an object of the parameters."""
    if isinstance(value, Mapping):
        return f"pass {kind.__name__}(**...), or its items as keywords with **"
    wanted = "text" if "text" in names else "name"
    if isinstance(value, str):
        return f"{wanted} is a keyword: {wanted}={shown(value)}"
    if isinstance(value, (list, tuple)) and "images" in names:
        return "a list goes by keyword, such as images=[...]"
    return f"pass {a(kind.__name__)}, or its fields as keywords, such as {wanted}=..."
