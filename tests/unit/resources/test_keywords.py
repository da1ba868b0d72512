"""Calls as people type them: by position or by name, misspelt, and with a text where a keyword belongs."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest

from astria_async import AsyncAstria, ParameterError, PromptParams, Request, Response, TuneParams
from astria_async.resources._resource import Resource
from astria_async.testing import MockTransport

pytestmark = pytest.mark.anyio
#: Anything: these tests call what a type checker refuses.
Call = Callable[[Any], Any]


@pytest.fixture
def transport() -> MockTransport:
    def handler(request: Request) -> Response:
        is_list = request.method == "GET" and request.path.endswith("prompts")
        return Response.from_json(200, [] if is_list else {"id": 5})

    return MockTransport(handler)


@pytest.fixture
def astria(transport: MockTransport) -> Any:
    return AsyncAstria("sd_test", transport=transport)


async def called(call: Call, astria: Any) -> object:
    result = call(astria)
    return await result if isinstance(result, Awaitable) else result


MISSPELT: list[tuple[Call, str]] = [
    (lambda a: a.prompts.create(1, text="x", image=b"x"), "PromptParams has no parameter 'image'; did you mean num_images?"),
    (lambda a: a.prompts.create(1, text="x", atuo_seed=True), "PromptParams has no parameter 'atuo_seed'; did you mean auto_seed?"),
    (lambda a: a.prompts.create_and_wait(1, text="x", time_out=5), "PromptParams has no parameter 'time_out'; did you mean timeout?"),
    (lambda a: a.prompts.prepare(1, text="x", auto_seed=True), "PromptParams has no parameter 'auto_seed'; did you mean seed?"),
    (lambda a: a.prompts.duplicate(1, txt="x"), "PromptParams has no parameter 'txt'; did you mean text?"),
    (lambda a: a.tunes.create(name="woman", image=[b"x"]), "TuneParams has no parameter 'image'; did you mean images?"),
    (lambda a: a.packs.run(1, name="woman", tune_id=[1]), "PackRunParams has no parameter 'tune_id'; did you mean tune_ids?"),
    (lambda a: a.prompts.list(tune_id=1), "list() has no option 'tune_id'; did you mean tune?"),
    (lambda a: a.prompts.list(page_sze=1), "list() has no option 'page_sze'; did you mean page_size?"),
    (lambda a: a.tunes.list(titel="x"), "list() has no option 'titel'; did you mean title?"),
    (lambda a: a.gallery.packs(pubic=True), "packs() has no option 'pubic'; did you mean public?"),
    (lambda a: a.packs.list(max_items=5), "list() has no option 'max_items'; it has public, listed, page_size, limit"),
    (lambda a: a.prompts.retrieve(promt=1), "retrieve() has no option 'promt'; did you mean prompt?"),
    (lambda a: a.tunes.wait(1, time_out=5), "wait() has no option 'time_out'; did you mean timeout?"),
    (lambda a: a.tunes.update(1, titel="x"), "update() has no option 'titel'; did you mean title?"),
    (lambda a: a.account.workspaces.create(titel="x"), "create() has no option 'titel'; did you mean title?"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "message"), MISSPELT)
async def test_a_misspelt_keyword_gets_one_line_with_the_nearest(
    call: Call, message: str, astria: Any, transport: MockTransport
) -> None:
    with pytest.raises(TypeError) as caught:
        await called(call, astria)
    assert str(caught.value) == message
    assert transport.requests == []


BY_POSITION: list[tuple[Call, str]] = [
    (lambda a: a.prompts.create(1, "a garden"), "'a garden' is not a PromptParams; text is a keyword: text='a garden'"),
    (lambda a: a.prompts.create_and_wait(1, "x"), "'x' is not a PromptParams; text is a keyword: text='x'"),
    (lambda a: a.prompts.prepare(1, "x"), "'x' is not a PromptParams; text is a keyword: text='x'"),
    (lambda a: a.tunes.create("woman"), "'woman' is not a TuneParams; name is a keyword: name='woman'"),
    (lambda a: a.tunes.create_and_wait("woman"), "'woman' is not a TuneParams; name is a keyword: name='woman'"),
    (lambda a: a.tunes.create(["1.jpg"]), "['1.jpg'] is not a TuneParams; a list goes by keyword, such as images=[...]"),
    (lambda a: a.tunes.create({}), "{} is not a TuneParams; pass TuneParams(**...), or its items as keywords with **"),
    (lambda a: a.packs.run(1, "woman"), "'woman' is not a PackRunParams; name is a keyword: name='woman'"),
    (lambda a: a.packs.prepare(1, 7), "7 is not a PackRunParams; pass a PackRunParams, or its fields as keywords, such as name=..."),
]  # fmt: skip


@pytest.mark.parametrize(("call", "message"), BY_POSITION)
async def test_a_value_by_position_gets_the_remedy(
    call: Call, message: str, astria: Any, transport: MockTransport
) -> None:
    with pytest.raises(ParameterError) as caught:
        await called(call, astria)
    assert str(caught.value) == f"params: {message}"
    assert transport.requests == []


BOTH: list[tuple[Call, Call]] = [
    (lambda a: a.prompts.create(3, text="x", seed=1), lambda a: a.prompts.create(tune=3, text="x", seed=1)),
    (
        lambda a: a.prompts.create(3, PromptParams(text="x", seed=1)),
        lambda a: a.prompts.create(tune=3, params=PromptParams(text="x", seed=1)),
    ),
    (lambda a: a.prompts.list(3).first(), lambda a: a.prompts.list(tune=3).first()),
    (lambda a: a.prompts.find(3, seed=1), lambda a: a.prompts.find(tune=3, seed=1)),
    (lambda a: a.prompts.retrieve(5, 3), lambda a: a.prompts.retrieve(prompt=5, tune=3)),
    (lambda a: a.prompts.update(5, 3, pack_id=7), lambda a: a.prompts.update(prompt=5, tune=3, pack_id=7)),
    (lambda a: a.prompts.delete(5, 3), lambda a: a.prompts.delete(prompt=5, tune=3)),
    (lambda a: a.prompts.duplicate(5), lambda a: a.prompts.duplicate(prompt=5)),
    (lambda a: a.prompts.like(5), lambda a: a.prompts.like(prompt=5)),
    (lambda a: a.tunes.retrieve(5), lambda a: a.tunes.retrieve(tune=5)),
    (lambda a: a.tunes.delete(5), lambda a: a.tunes.delete(tune=5)),
    (
        lambda a: a.tunes.create(TuneParams(name="x", image_urls=["https://x.y/1"], title="t")),
        lambda a: a.tunes.create(params=TuneParams(name="x", image_urls=["https://x.y/1"], title="t")),
    ),
    (lambda a: a.packs.retrieve("x"), lambda a: a.packs.retrieve(pack="x")),
    (lambda a: a.packs.run(5, tune_ids=[5]), lambda a: a.packs.run(pack=5, tune_ids=[5])),
]


@pytest.mark.parametrize(("by_position", "by_name"), BOTH)
async def test_a_subject_goes_by_position_or_by_name(
    by_position: Call, by_name: Call, astria: Any, transport: MockTransport
) -> None:
    await called(by_position, astria)
    await called(by_name, astria)
    first, second = transport.requests
    assert (first.method, first.url) == (second.method, second.url)
    assert first.body == second.body


def methods() -> Iterator[tuple[str, Any, Any]]:
    """(its name, the method as it is, the method as it was written) of each resource's public method."""
    direct = Resource.__subclasses__()
    for kind in (*direct, *(below for above in direct for below in above.__subclasses__())):
        for name, method in vars(kind).items():
            if not name.startswith("_") and inspect.isfunction(method):
                yield f"{kind.__name__}.{name}", method, inspect.unwrap(method)


def test_a_method_keeps_its_signature_and_kind() -> None:
    found = list(methods())
    assert len(found) > 30
    for name, method, written in found:
        assert inspect.signature(method) == inspect.signature(written), name
        assert inspect.iscoroutinefunction(method) == inspect.iscoroutinefunction(written), name


async def test_another_mistake_in_a_call_is_named_by_python(astria: Any) -> None:
    with pytest.raises(TypeError, match=r"Tunes\.retrieve\(\) missing 1 required positional argument: 'tune'"):
        await astria.tunes.retrieve()
