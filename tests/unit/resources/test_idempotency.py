"""The same intent twice is one object, and the caller is told where it could be taken for another."""

from __future__ import annotations

import io
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import anyio
import pytest

from astria_async import (
    AstriaWarning,
    ParameterError,
    PromptParams,
    Request,
    Response,
    UnknownOutcomeError,
    idempotency_seed,
    prompt_fingerprint,
)
from astria_async.middleware.idempotency import COMPARED
from astria_async.testing import VirtualClock

pytestmark = pytest.mark.anyio
PNG = b"\x89PNG\r\n\x1a\n"


def seeds(service: Any) -> list[int]:
    return [request.body.get(("prompt", "seed")) for request in service.requests]


def test_seed_is_the_same_for_the_same_parts_for_ever() -> None:
    assert idempotency_seed("order", 1234) == 785373043
    assert idempotency_seed("order", 1235) != idempotency_seed("order", 1234) == idempotency_seed("order", "1234")


async def test_key_makes_seed_from_parameters_and_files_contents(client: Any, answers: Any, tmp_path: Path) -> None:
    service = answers({"id": 1})
    (tmp_path / "a.png").write_bytes(PNG + b"1")
    (tmp_path / "b.png").write_bytes(PNG + b"1")
    (tmp_path / "c.png").write_bytes(PNG + b"2")
    for name in "aabc":
        await client(service).prompts.create(
            3, PromptParams(text="x", input_image=tmp_path / f"{name}.png"), idempotency_key="k"
        )
    await client(service).prompts.create(3, text="x", input_image=tmp_path / "a.png", idempotency_key="other")
    await client(service).prompts.create(4, text="x", input_image=tmp_path / "a.png", idempotency_key="k")
    first, again, renamed, changed, other, elsewhere = seeds(service)
    assert first == again == renamed
    assert len({first, changed, other, elsewhere}) == 4


async def test_key_and_seed_exclude_each_other(client: Any, answers: Any) -> None:
    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

    service = answers({"id": 1})
    with pytest.raises(ParameterError, match="idempotency_key: it makes the seed"):
        await client(service).prompts.create(3, text="x", seed=1, idempotency_key="k")
    with pytest.raises(ParameterError, match="only once"):
        await client(service).prompts.create(3, text="x", input_image=Pipe(PNG), idempotency_key="k")
    assert service.requests == []


async def test_lost_prompt_with_a_key_is_found_though_rewritten(client: Any, shelf: Any) -> None:
    service = shelf("made, lost", root="prompt")

    def rewriting(request: Request) -> Response:
        answer: Response = service(request)
        service.items[-1]["text"] = "rewritten"
        return answer

    assert (await client(rewriting).prompts.create(9, text="a garden", idempotency_key="k")).id == 1


async def test_service_may_draw_the_seed_and_then_cannot_be_asked(client: Any, shelf: Any) -> None:
    service = shelf("made, lost", root="prompt")
    with pytest.raises(UnknownOutcomeError, match="could be another's"):
        await client(service).prompts.create(9, text="a garden", auto_seed=False)
    service = shelf("lost", root="prompt")
    assert (await client(service).prompts.create(9, text="a garden", auto_seed=False)).id == 1
    assert "seed" not in service.items[0]


def test_a_fingerprint_is_made_of_exactly_what_the_service_compares() -> None:
    plain = prompt_fingerprint(PromptParams(text="x", cfg_scale=3), tune_id=1)
    assert plain == prompt_fingerprint(PromptParams(text="x", cfg_scale=3.0, style="Cinematic"), tune_id=1)
    assert plain == prompt_fingerprint(PromptParams(text="x", cfg_scale=3, input_image=PNG), tune_id=1)
    assert plain != prompt_fingerprint(PromptParams(text="x", cfg_scale=3), tune_id=2)
    samples: dict[str, Any] = {name: 1 for name in COMPARED}
    for name in COMPARED:
        assert prompt_fingerprint(PromptParams(**samples), tune_id=1) != prompt_fingerprint(
            PromptParams(**{**samples, name: 2}), tune_id=1
        )


async def test_prompts_that_would_become_one_are_warned_of(client: Any, clock: VirtualClock) -> None:
    async def slow(request: Request) -> Response:
        await clock.sleep(1)
        return Response.from_json(201, {"id": 1})

    astria = client(slow, account_idempotency=True)

    async def both(*images: bytes) -> None:
        async with anyio.create_task_group() as tasks:
            for image in images:
                params = PromptParams(text="x", seed=5, input_image=image)
                tasks.start_soon(astria.prompts.create, 3, params)

    with pytest.warns(AstriaWarning, match="they will be one. Give them different seeds"):
        await both(PNG + b"1", PNG + b"2")
    await both(PNG + b"1", PNG + b"1")  # the same twice is meant to be one
    await astria.prompts.create(3, text="x", seed=5)


async def test_an_object_older_than_its_create_is_warned_of(client: Any, shelf: Any, clock: VirtualClock) -> None:
    service = shelf()
    service.put(title="Jane Doe", age=3600)

    def existing(request: Request) -> Response:
        date = format_datetime(clock.now(), usegmt=True)
        return Response.from_json(200, service.items[0], {"Date": date})

    astria = client(existing, account_idempotency=True)
    with pytest.warns(AstriaWarning, match="returned an object that was there before: its title, seed or key"):
        await astria.tunes.create(name="woman", image_urls=["https://x.y/1"], title="Jane Doe")
