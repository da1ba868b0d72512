"""The prompts of an adapter lie on base models: they are found by what their text mentions."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from astria_async import (
    ParameterError,
    Request,
    Response,
    Tune,
)
from astria_async.testing import VirtualClock

pytestmark = pytest.mark.anyio
PICTURE = "https://example.com/1.jpg"


LORA = Tune(id=7, name="woman", model_type="lora", branch="flux1", base_tune_id=1504944, created_at=None)


async def test_the_prompts_of_an_adapter_are_those_that_mention_it(client: Any, shelf: Any) -> None:
    service = shelf(root="prompt")
    mine = [
        service.put(tune_id=1504944, text="<lora:7:1> ohwx woman")["id"],
        service.put(tune_id=7, text="posted to its own id")["id"],
    ]
    service.put(tune_id=1504944, text="<lora:77:1> ohwx woman")
    service.put(tune_id=1504944, text="ohwx woman")
    service.put(tune_id=1504944, text=None)
    astria = client(service)
    assert [prompt.id async for prompt in astria.prompts.list(LORA)] == mine[::-1]
    assert [prompt.id async for prompt in astria.prompts.list(LORA, limit=1)] == mine[1:]
    assert {*service.calls} == {"GET /prompts"}
    await anext(aiter(astria.prompts.list(Tune(id=7))))
    assert service.calls[-1] == "GET /tunes/7/prompts"


async def test_a_prompt_is_found_by_its_tune_and_seed(client: Any, shelf: Any, clock: VirtualClock) -> None:
    service = shelf(root="prompt")
    service.put(tune_id=1504944, text="<lora:7:1> ohwx woman", seed=42, age=86400)
    service.put(tune_id=9, text="x", seed=42)
    service.put(tune_id=1504944, text="<lora:8:1> ohwx woman", seed=42)
    astria = client(service)
    assert (await astria.prompts.find(LORA, seed=42)).id == 1
    assert (await astria.prompts.find(7, seed=42)).id == 1
    assert (await astria.prompts.find(9, seed=42)).id == 2
    assert await astria.prompts.find(9, seed=43) is None
    for _ in range(300):
        service.put(tune_id=9, text="x", seed=1, age=7200)
    service.items.reverse()
    with pytest.raises(ParameterError, match="since: .* is not an aware time"):
        await astria.prompts.find(7, seed=42, since=datetime(2026, 1, 1))


async def test_search_for_prompt_ends_at_time_that_is_given(client: Any, shelf: Any, clock: VirtualClock) -> None:
    service = shelf(root="prompt")
    for _ in range(500):
        service.put(tune_id=9, text="x", seed=42, age=7200)
    assert await client(service).prompts.find(9, seed=1, since=clock.now() - timedelta(hours=1)) is None
    assert len(service.calls) == 1


async def test_a_deleted_adapter_takes_its_prompts_with_it(client: Any, shelf: Any) -> None:
    service, deleted = shelf(root="prompt"), list[str]()
    for text in ("<lora:7:1> ohwx woman", "a lake", "<lora:7:0.5><lora:8:1> both"):
        service.put(tune_id=1504944, text=text)

    def answer(request: Request) -> Response:
        if request.method == "DELETE":
            deleted.append(request.path)
            return Response(status=404 if request.path == "/prompts/3" else 204)
        found: Response = service(request)
        return found

    await client(answer).tunes.delete(LORA, prompts=True)
    assert {*deleted[:-1]} == {"/prompts/1", "/prompts/3"}
    assert deleted[-1] == "/tunes/7"
    deleted.clear()
    await client(answer).tunes.delete(LORA)
    assert deleted == ["/tunes/7"]
