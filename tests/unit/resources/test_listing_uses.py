"""What can be done with a listing, and how little each use asks for."""

from __future__ import annotations

from typing import Any

import pytest

from astria_async import AsyncAstria, Request, Response, Tune
from astria_async.testing import MockTransport

pytestmark = pytest.mark.anyio
#: An adapter, whose prompts are among the account's.
LORA = Tune(id=7, name="woman", model_type="lora", branch="flux1", base_tune_id=1504944)


@pytest.fixture
def transport() -> MockTransport:
    """A service that has 300 objects, as old as their ids say. Each tenth is a prompt that mentions the tune 7."""

    def handler(request: Request) -> Response:
        query = request.query
        before = int(query.get("before_id", 301)) - int(query.get("offset", 0))
        ids = range(before - 1, max(0, before - 1 - int(query["limit"])), -1)
        texts = ("<lora:7:1> woman", "a lake")
        return Response.from_json(200, [{"id": number, "text": texts[number % 10 != 0]} for number in ids])

    return MockTransport(handler)


@pytest.fixture
def astria(transport: MockTransport) -> Any:
    return AsyncAstria("sd_test", transport=transport)


def asked(transport: MockTransport) -> list[int]:
    """How many items each request asked for."""
    return [int(request.query["limit"]) for request in transport.requests]


async def test_awaiting_a_listing_gives_its_first_page(astria: Any, transport: MockTransport) -> None:
    listing = astria.tunes.list(page_size=50)
    assert [tune.id for tune in await listing] == [*range(300, 250, -1)]
    assert await listing == await listing  # each time anew
    assert asked(transport) == [50] * 3
    assert [tune.id for tune in await astria.tunes.list(limit=2)] == [300, 299]
    assert asked(transport)[-1] == 2


async def test_all_of_a_listing_is_a_list_of_everything(astria: Any, transport: MockTransport) -> None:
    assert [tune.id for tune in await astria.tunes.list().all()] == [*range(300, 0, -1)]
    assert asked(transport) == [120] * 4
    assert len(await astria.tunes.list(page_size=100, limit=250).all()) == 250
    assert asked(transport)[4:] == [100, 100, 50]


async def test_the_first_item_is_asked_for_alone(astria: Any, transport: MockTransport) -> None:
    assert (await astria.tunes.list().first()).id == 300
    assert (await astria.packs.list(limit=5).first()).id == 300
    assert asked(transport) == [1, 1]


async def test_the_first_prompt_of_an_adapter_needs_whole_pages(astria: Any, transport: MockTransport) -> None:
    assert (await astria.prompts.list(LORA, page_size=5, limit=30).first()).id == 300
    assert [prompt.id for prompt in await astria.prompts.list(LORA, page_size=5)] == [300]
    assert [prompt.id for prompt in await astria.prompts.list(LORA, limit=3).all()] == [300, 290, 280]
    assert asked(transport) == [5, 5, 120]


async def test_an_empty_listing_has_no_first_item() -> None:
    transport = MockTransport(lambda _: Response.from_json(200, []))
    astria = AsyncAstria("sd_test", transport=transport)
    assert await astria.tunes.list().first() is None
    assert await astria.tunes.list() == await astria.tunes.list().all() == []
    sent = len(transport.requests)
    assert await astria.tunes.list(limit=0).first() is None
    assert await astria.tunes.list(limit=0) == []
    assert len(transport.requests) == sent


@pytest.mark.parametrize(
    ("call", "what"),
    [
        (lambda astria: astria.tunes.list(), "/tunes: page_size=120, limit=None"),
        (lambda astria: astria.prompts.list(3, liked=True), "/tunes/3/prompts: liked=True, page_size=120, limit=None"),
        (lambda astria: astria.prompts.list(LORA), "/prompts that mention the tune 7: page_size=120, limit=None"),
        (lambda astria: astria.gallery.packs(page_size=5, limit=9), "/gallery/packs: page_size=5, limit=9"),
    ],
)
def test_a_listing_says_what_it_lists(call: Any, what: str, astria: Any, transport: MockTransport) -> None:
    text = repr(call(astria))
    assert text == f"<Listing of {what}; it asks for nothing before it is awaited or looped over>"
    assert transport.requests == []


def test_a_page_size_above_the_services_names_the_total(astria: Any) -> None:
    with pytest.raises(
        ValueError, match="^page_size: 500 is outside 1 to 120; it is the items a page, and limit is the"
    ):
        astria.tunes.list(page_size=500)
