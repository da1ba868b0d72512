"""Arguments of another kind are refused in one line, by their name, before anything is sent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from astria_async import (
    AsyncAstria,
    Inspection,
    Pack,
    ParameterError,
    Prompt,
    idempotency_seed,
    idempotency_title,
)

pytestmark = pytest.mark.anyio
Call = Callable[[Any], Awaitable[Any]]  # of the client, untyped: what is passed is wrong on purpose

REFUSED: list[tuple[str, Call]] = [
    ("title", lambda astria: astria.packs.create(title=None, base_tune_id=1)),
    ("subtitle", lambda astria: astria.packs.create(title="x", base_tune_id=1, subtitle=5)),
    ("title", lambda astria: astria.tunes.find(5)),
    ("title", lambda astria: astria.tunes.update(1, title=5)),
    ("characteristics", lambda astria: astria.tunes.update(1, characteristics="x")),
    ("auto_extend", lambda astria: astria.tunes.update(1, auto_extend="no")),
    ("pack_id", lambda astria: astria.prompts.update(1, pack_id="7")),
    ("pack_id", lambda astria: astria.prompts.update(1, pack_id=Prompt(id=7))),
    ("seed", lambda astria: astria.prompts.find(1, seed="7")),
    ("image_index", lambda astria: astria.prompts.duplicate(1, image_index="0")),
    ("params", lambda astria: astria.prompts.create(1, "a garden")),
    ("params", lambda astria: astria.tunes.create({"name": "woman"})),
    ("auto_seed", lambda astria: astria.prompts.create(1, text="x", auto_seed="no")),
    ("captions", lambda astria: astria.tunes.create(name="woman", image_urls=["https://e.example/1"], captions="no")),
    ("prompts", lambda astria: astria.tunes.delete(1, prompts="no")),
    ("path", lambda astria: astria.request("GET", 5)),
    ("method", lambda astria: astria.request(None, "/users")),
    ("method", lambda astria: astria.request("GET /x", "/users")),
    ("params", lambda astria: astria.request("GET", "/users", params="a=1")),
    ("json", lambda astria: astria.request("POST", "/users", json=[1])),
    ("effect", lambda astria: astria.request("POST", "/users", effect="read")),
    ("call", lambda astria: astria.with_raw_response(astria.tunes.retrieve)),
]


def refuse_all(_: object) -> Any:
    raise AssertionError("something was sent")


@pytest.mark.parametrize(("name", "call"), REFUSED)
async def test_an_argument_of_another_kind_is_refused(name: str, call: Call, client: Any) -> None:
    with pytest.raises(ParameterError, match=rf"^{name}: [^\n]+; [^\n]+$"):
        await call(client(refuse_all))


@pytest.mark.parametrize(
    ("name", "filters"),
    [
        ("liked", {"liked": "no"}),
        ("pack_id", {"pack_id": "7"}),
        ("pack_id", {"pack_id": Prompt(id=7)}),
        ("text", {"text": 5}),
        ("limit", {"limit": "5"}),
    ],
)
def test_a_filter_of_another_kind_is_refused(name: str, filters: dict[str, Any]) -> None:
    with pytest.raises(ParameterError, match=rf"^{name}: "):
        AsyncAstria("sd_test").prompts.list(**filters)


def test_filters_of_tunes_and_packs_are_checked_too() -> None:
    astria: Any = AsyncAstria("sd_test")
    for name, call in (
        ("title", lambda: astria.tunes.list(title=5)),
        ("name", lambda: astria.gallery.tunes(name=5)),
        ("public", lambda: astria.packs.list(public="no")),
        ("listed", lambda: astria.gallery.packs(listed=1)),
    ):
        with pytest.raises(ParameterError, match=rf"^{name}[:\[]"):
            call()


async def test_an_object_filters_by_its_id(client: Any, answers: Any) -> None:
    service = answers([])
    assert [prompt async for prompt in client(service).prompts.list(pack_id=Pack(id=7))] == []
    assert "pack_id=7&" in service.requests[0].url


@pytest.mark.parametrize("make", [idempotency_title, idempotency_seed])
@pytest.mark.parametrize("part", [object(), {"a", "b"}, Prompt(id=1)])
def test_a_key_is_not_made_of_what_reads_differently_later(make: Callable[[Any], Any], part: object) -> None:
    with pytest.raises(ParameterError, match=r"^parts: [^\n]+; pass "):
        make(part)


def test_characteristics_are_made_only_of_inspections() -> None:
    wrong: Any = ["x"]
    with pytest.raises(ParameterError, match=r"^inspections\[0\]: 'x' is not an Inspection; "):
        Inspection.summarize(wrong)
