"""Sending and recovering what was prepared: by this process, or by another one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, cast

from ..._codec import decode, http_date
from ..._runtime.threads import in_thread
from ..._wire import LookFirst, Request
from ...errors import DecodeError, ParameterError
from ...models import PackRun, Prompt, Tune, User
from ...models.parameters.scalars import as_flag
from .._core import Core
from .._resource import Resource, check_aware, intent_name
from ..packs import path_of_pack, read_run
from .prepared import Prepared, has_files, read_files
from .requests import create_prompt, create_tune, run_pack


class Account:
    """Whose key this is, and the service's time: asked for once a client.

    The time since is counted by the monotonic clock: a wall clock may be set. A machine that slept makes it too early,
    never too late, and so only lengthens a look-up.
    """

    def __init__(self) -> None:
        self._known: tuple[int, datetime, float] | None = None

    async def who(self, core: Core) -> tuple[int, datetime]:
        """(the user's id, a time that the service's clock has passed). One request at the first call."""
        if self._known is None:
            request = core.request("GET", "/users", operation="account.me")
            response = await core.send(request)
            user = decode(response, User, request)
            if user.id is None:
                raise DecodeError("GET /users", problems=["id: required, but missing"], body="")
            told = http_date(response.headers.get("date", "")) or core.clock.now()
            self._known = (user.id, told.astimezone(UTC), core.clock.monotonic())
        number, told, asked = self._known
        return number, told + timedelta(seconds=core.clock.monotonic() - asked)


class Sending(Resource):
    """`astria.send` and `astria.recover`."""

    async def send(self, prepared: Prepared[Any], *, fresh: bool, last_attempt: datetime | None) -> Any:
        """Send it; with `fresh=False` look for it first."""
        _check(prepared)
        look_first = None
        if not as_flag(fresh, "fresh"):
            look_first = LookFirst(since=prepared.prepared_at, settled_in=await self._settled_in(last_attempt))
        return await self._result(prepared, await self._request(prepared, look_first))

    async def recover(self, prepared: Prepared[Any], since: datetime | None) -> Any:
        """Look for it, and send nothing."""
        _check(prepared)
        check_aware("since", since)
        look_first = LookFirst(since=since or prepared.prepared_at, settled_in=0.0, only=True)
        return await self._result(prepared, await self._request(prepared, look_first))

    async def _settled_in(self, last_attempt: datetime | None) -> float:
        """In how many seconds the last attempt is certainly over."""
        check_aware("last_attempt", last_attempt)
        _, now = await self._core.who()
        ago = 0.0 if last_attempt is None else (now - last_attempt).total_seconds()
        return max(0.0, self._core.settled_in - max(0.0, ago))

    async def _request(self, prepared: Prepared[Any], look_first: LookFirst | None) -> Request:
        core = self._core
        if prepared.base_url != core.base_url:
            raise ParameterError(f"prepared: it is for {prepared.base_url}, and this client is for {core.base_url}")
        if _name(prepared.workspace) != _name(core.workspace_id):
            raise ParameterError(
                f"prepared: it is for {_name(prepared.workspace)}, and this client is for {_name(core.workspace_id)}; "
                "use with_options(workspace_id=...)"
            )
        account, _ = await core.who()
        if prepared.account != account:
            raise ParameterError(
                f"prepared: it belongs to the account {prepared.account}, and this key to {account}; use that one's key"
            )
        tree: Any = prepared.params
        if (look_first is None or not look_first.only) and has_files(tree):  # what is only looked for needs no files
            tree = await in_thread(read_files, tree)
        drawn = prepared.identity_drawn
        if prepared.operation == "tunes.create":
            intent = _intent(prepared, "/tunes")
            return create_tune(core, tree, intent=intent, drawn=drawn, look_first=look_first)
        if prepared.operation == "prompts.create":
            base = cast(int, prepared.ids["tune"])
            intent = _intent(prepared, f"/tunes/{base}/prompts")
            return create_prompt(core, base, tree, intent=intent, drawn=drawn, look_first=look_first)
        pack, path = path_of_pack(prepared.ids["pack"])
        intent = _intent(prepared, path)
        return run_pack(core, pack, path, tree, intent=intent, drawn=drawn, look_first=look_first)

    async def _result(self, prepared: Prepared[Any], request: Request) -> Any:
        """What the create returns; None if it was only looked for, and is not there."""
        if request.look_first is not None and request.look_first.only:
            response = await self._core.send(request)
            if response.status == 204:
                return None
            if prepared.operation == "packs.run":
                return PackRun(tune=decode(response, Tune, request))
            return decode(response, Prompt if prepared.operation == "prompts.create" else Tune, request)
        if prepared.operation == "packs.run":
            return read_run(await self._core.send(request), request)
        if prepared.operation == "prompts.create":
            return await self._created(request, Prompt)
        return await self._created(request, Tune)


def _check(prepared: object) -> None:
    if not isinstance(prepared, Prepared):
        kind = type(prepared).__name__
        raise ParameterError(f"prepared: {kind} cannot be sent; give what prepare() returned, or Prepared.from_json")
    prepared.check()


def _intent(prepared: Prepared[Any], path: str) -> str:
    """The order's name: as an idempotency key's, if its identity was made for it; else two orders may share that."""
    name = intent_name(path, prepared.identity)
    return name if prepared.identity_drawn else f"{name}:{prepared.prepared_at.isoformat()}"


def _name(workspace: int | str | None) -> str:
    return "the personal workspace" if workspace is None else f"workspace {workspace}"
