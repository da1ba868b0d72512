"""`with_raw_response`: the methods of the client, with the response beside what they return."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from astria_async import AsyncAstria, NotFoundError, RawResponse, Request, Response
from astria_async.testing import MockTransport, VirtualClock

pytestmark = pytest.mark.anyio

#: Methods that have no raw form, each with the reason that its message gives.
LEFT_OUT = {
    "tunes.list": "a list makes a request for each page",
    "prompts.list": "a list makes a request for each page",
    "packs.list": "a list makes a request for each page",
    "gallery.tunes": "a list makes a request for each page",
    "gallery.packs": "a list makes a request for each page",
    "tunes.prepare": "it sends no create",
    "prompts.prepare": "it sends no create",
    "packs.prepare": "it sends no create",
    "prompts.download": "images are not a response of the API",
    "prompts.read": "images are not a response of the API",
    "prompts.stream": "images are not a response of the API",
    "prompts.as_completed": "its prompts come one after the other",
}


def methods_of(resource: object) -> list[str]:
    return [name for name, _ in inspect.getmembers(resource, inspect.ismethod) if not name.startswith("_")]


def all_methods() -> list[str]:
    astria = AsyncAstria("sd_test")
    resources: dict[str, Any] = {name: value for name, value in vars(astria).items() if not name.startswith("_")}
    resources["account.workspaces"] = astria.account.workspaces
    return [f"{name}.{method}" for name, resource in resources.items() for method in methods_of(resource)]


def raw_method(astria: AsyncAstria, path: str) -> Any:
    thing: Any = astria.with_raw_response
    for name in path.split("."):
        thing = getattr(thing, name)
    return thing


@pytest.mark.parametrize("path", [path for path in all_methods() if path not in LEFT_OUT])
async def test_each_method_has_a_raw_form_of_its_signature(path: str) -> None:
    astria = AsyncAstria("sd_test")
    method: Any = astria
    for name in path.split("."):
        method = getattr(method, name)
    assert inspect.signature(raw_method(astria, path)) == inspect.signature(method)
    assert inspect.iscoroutinefunction(raw_method(astria, path))
    assert inspect.getdoc(raw_method(astria, path)) == inspect.getdoc(method)


@pytest.mark.parametrize(("path", "reason"), LEFT_OUT.items())
async def test_what_has_no_raw_form_says_why_in_one_line(path: str, reason: str) -> None:
    assert path in all_methods()
    with pytest.raises(AttributeError, match=reason) as caught:
        raw_method(AsyncAstria("sd_test"), path)
    assert "\n" not in str(caught.value)


def test_a_misspelt_method_or_resource_names_the_nearest() -> None:
    astria: Any = AsyncAstria("sd_test")
    with pytest.raises(
        AttributeError, match="^with_raw_response.tunes has no method 'retreive'; did you mean retrieve"
    ):
        print(astria.with_raw_response.tunes.retreive)
    with pytest.raises(AttributeError, match="^with_raw_response has no resource 'tune'; did you mean tunes"):
        print(astria.with_raw_response.tune)


async def test_raw_response_has_what_the_method_returns_and_its_response() -> None:
    failed = [Response(status=500)]

    def answer(request: Request) -> Response:
        return failed.pop() if failed else Response.from_json(200, {"id": 3}, {"X-Request-Id": "r1"})

    astria = AsyncAstria("sd_test", transport=MockTransport(answer), clock=VirtualClock())
    raw = await astria.with_raw_response.tunes.retrieve(3)
    assert isinstance(raw, RawResponse)
    assert raw.parsed is raw.parse()
    assert raw.parsed.id == 3
    assert (raw.status, raw.headers["x-request-id"], raw.response.text) == (200, "r1", '{"id": 3}')
    assert [attempt.result for attempt in raw.response.attempts] == ["500", "200"]


async def test_a_raw_call_of_a_view_uses_the_views_options() -> None:
    transport = MockTransport(lambda _: Response.from_json(200, {"id": 3, "workspace_id": 5}))
    view = AsyncAstria("sd_test", transport=transport).with_options(workspace_id=5)
    await view.with_raw_response.tunes.retrieve(3)
    assert transport.requests[0].headers["x-workspace-id"] == "5"


async def test_a_raw_call_raises_what_the_method_raises() -> None:
    astria = AsyncAstria("sd_test", transport=MockTransport(lambda _: Response.from_json(404, {"error": "Not Found"})))
    with pytest.raises(NotFoundError):
        await astria.with_raw_response.tunes.retrieve(3)
    with pytest.raises(NotFoundError):
        await astria.with_raw_response(astria.tunes.retrieve(3))
