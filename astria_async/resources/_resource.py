"""What every resource stands on: the chain that sends, and how a request is made for it."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from attrs import frozen

from .._codec import check, decode, decode_list, http_date, is_json, query_string
from .._wire import Body, Clock, Effect, Request, Response, Send, Timeout
from ..errors import AstriaWarning, ParameterError, WorkspaceMismatchWarning
from ..models import Order, Pack, Prompt, Tune, VideoInspection, Workspace
from ..models._base import Model
from ..models._scalars import a, as_whole, shown
from ..models.hints import hints_of
from ..models.params import PackRunParams, Params, PromptParams, TuneParams
from ..waiting import Downloads
from .listing import Cursor, Listing

M = TypeVar("M", bound=Model)
L = TypeVar("L", Tune, Prompt, Pack)
O = TypeVar("O", Tune, Prompt)
P = TypeVar("P", TuneParams, PromptParams, PackRunParams)

#: Seconds by which an object may seem older than its create: the service's machines' clocks differ.
MARGIN = 120


@frozen(kw_only=True)
class Core:
    """What the client hands to its resources."""

    send: Send
    base_url: str
    timeout: Timeout
    headers: Mapping[str, str]
    clock: Clock
    downloads: Downloads
    validate: bool = True
    workspace_id: int | str | None = None

    def request(
        self,
        method: str,
        path: str,
        *,
        operation: str,
        effect: Effect = Effect.READ,
        query: Mapping[str, Any] | None = None,
        accepts: Callable[[Response], bool] | None = is_json,
        **rest: Any,
    ) -> Request:
        """A request to the API, at `path` below its base URL. `accepts=None` where the answer's body says nothing."""
        return Request(
            method=method,
            url=self.base_url + path + (query_string(query) if query else ""),
            operation=operation,
            effect=effect,
            timeout=self.timeout,
            headers=self.headers,
            accepts=accepts,
            **rest,
        )

    def elsewhere(
        self, method: str, url: str, *, operation: str, effect: Effect, headers: Mapping[str, str], body: Body
    ) -> Request:
        """A request to another host, without credentials."""
        return Request(
            method=method,
            url=url,
            operation=operation,
            effect=effect,
            body=body,
            timeout=self.timeout,
            headers={**self.headers, **headers},
            credentials=False,
        )


class Resource:
    """A part of the API, on a client's core."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def _one(self, request: Request, kind: type[M]) -> M:
        response = await self._core.send(request)
        model = decode(response, kind, request)
        if isinstance(model, (Tune, Prompt)):
            self._compare_workspace(model, response)
        return model

    async def _created(self, request: Request, kind: type[O]) -> O:
        """Send a create, and warn where it returns an object that was there before."""
        began = self._core.clock.monotonic()
        response = await self._core.send(request)
        model = decode(response, kind, request)
        self._compare_workspace(model, response)
        now, age = http_date(response.headers.get("date", "")), self._core.clock.monotonic() - began
        if now is not None and model.created_at is not None:
            seconds = (now - model.created_at).total_seconds()
            if seconds > age + MARGIN:
                text = f"{model!r} was made {seconds:.0f} s before this call: what identifies it was used before"
                warnings.warn(text, AstriaWarning, stacklevel=3)
        return model

    def _compare_workspace(self, model: Tune | Prompt, response: Response) -> None:
        """A workspace that the key cannot reach falls back to the personal one without a word [V]."""
        if self._core.workspace_id in (None, "all"):
            return
        told = model.workspace_id is not None or b'"workspace_id"' in response.body
        if told and str(model.workspace_id) != str(self._core.workspace_id):
            where = "the personal one" if model.workspace_id is None else f"workspace {model.workspace_id}"
            text = f"{model!r} is in {where}, not in workspace {self._core.workspace_id}: check the key's access"
            warnings.warn(text, WorkspaceMismatchWarning, stacklevel=4)

    def _hint(self, params: Params, tune: object = None) -> None:
        """Warn of what is only probably wrong."""
        if self._core.validate:
            for hint in hints_of(
                params, tune if isinstance(tune, Tune) else None, self._core.clock.now(), base_url=self._core.base_url
            ):
                warnings.warn(hint, AstriaWarning, stacklevel=3)

    async def _many(self, request: Request, kind: type[M]) -> list[M]:
        return decode_list(await self._core.send(request), kind, request)

    def _listing(
        self,
        path: str,
        kind: type[L],
        *,
        operation: str,
        filters: Mapping[str, Any],
        limit: int,
        max_items: int | None,
        cursor: Cursor = "before_id",
    ) -> Listing[L]:
        async def fetch(size: int, at: int | None) -> list[L]:
            query = {**filters, "limit": size, cursor: at}
            return await self._many(self._core.request("GET", path, operation=operation, query=query), kind)

        return Listing(fetch, limit=limit, max_items=max_items, cursor=cursor)

    async def _nothing(self, request: Request) -> None:
        check(await self._core.send(request), request)


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


def given(fields: Mapping[str, Any], *, some: bool = True) -> dict[str, Any]:
    """The fields that are not None. Raises ParameterError where there is none, unless `some` is False."""
    present = {name: value for name, value in fields.items() if value is not None}
    if some and not present:
        raise ParameterError(f"{', '.join(fields)}: nothing is given; give one of them")
    return present


def params_of(kind: type[P], params: P | None, keywords: dict[str, Any]) -> P:
    """The parameters, given as an object or as keywords. Raises TypeError for both, and for an unknown keyword."""
    if params is None:
        return kind(**keywords)
    if keywords:
        raise TypeError(f"give a {kind.__name__} or keywords, not both: {', '.join(keywords)}")
    return params
