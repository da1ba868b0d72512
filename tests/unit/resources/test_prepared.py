"""A create that is written down before it is sent: looked for, sent once, by this process or by another one."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from astria_async import UnknownOutcomeError
from astria_async.resources._creates.prepared import Prepared
from astria_async.testing import VirtualClock

pytestmark = pytest.mark.anyio
PICTURE = "https://example.com/1.jpg"
PNG = b"\x89PNG\r\n\x1a\n"


async def test_prepared_create_is_sent_as_it_was(client: Any, account: Any) -> None:
    service = account(root="prompt")
    astria = client(service)
    prepared = await astria.prompts.prepare(9, text="a garden", num_images=2)
    assert service.shelf.calls == []
    assert (prepared.operation, prepared.ids, prepared.account, prepared.workspace) == (
        "prompts.create", {"tune": 9}, 5, None,
    )  # fmt: skip
    assert prepared.identity == prepared.params["seed"]
    prompt = await astria.send(prepared)
    assert (prompt.id, prompt.seed, prompt.text) == (1, prepared.identity, "a garden")
    assert service.shelf.calls == ["POST /tunes/9/prompts"]


async def test_json_keeps_everything_and_no_key(client: Any, account: Any, tmp_path: Path) -> None:
    (tmp_path / "1.png").write_bytes(PNG)
    astria = client(account())
    for prepared in (
        await astria.tunes.prepare(name="wömän", images=[tmp_path / "1.png", PICTURE], title="Jane"),
        await astria.prompts.prepare(9, text="a garden"),
        await astria.packs.prepare("headshots", name="woman", image_urls=[PICTURE]),
        await astria.packs.prepare(7, name="woman", image_urls=[PICTURE]),
    ):
        text = prepared.to_json()
        assert "sd_test" not in f"{text}{prepared!r}"
        again = Prepared.from_json(text)
        assert again == prepared == Prepared.from_json(text.encode())
        assert again.key == prepared.key
        assert again.to_json() == text
    with pytest.raises(AttributeError):
        prepared.account = 6


@pytest.mark.parametrize("given", [{"seed": 42}, {}])
async def test_another_process_finds_what_was_made_and_sends_nothing(given: Any, client: Any, account: Any) -> None:
    service = account("made, lost", root="prompt")
    prepared = await client(service).prompts.prepare(9, text="a garden", **given)
    with pytest.raises(BaseException):  # noqa: B017 -- the first process ends while it waits
        await (
            client(service)
            .with_options(retry=None)
            .request("POST", "/tunes/9/prompts", json={"prompt": prepared.params})
        )
    second = client(service)
    text = prepared.to_json()
    assert (await second.recover(Prepared.from_json(text))).seed == prepared.identity
    found = await second.send(Prepared.from_json(text), fresh=False)
    assert found.id == 1
    assert len(service.shelf.items) == 1


async def test_other_process_sends_what_was_not_made_after_settling(
    client: Any, account: Any, clock: VirtualClock
) -> None:
    service = account("lost", root="prompt")
    prepared = await client(service).prompts.prepare(9, text="a garden")
    second = client(account(root="prompt"))
    began, sent_at = clock.monotonic(), clock.now()
    assert await second.recover(prepared) is None
    assert clock.monotonic() == began
    assert (await second.send(prepared, fresh=False, last_attempt=sent_at - timedelta(seconds=20))).id == 1
    assert clock.monotonic() == began + 40 + 10
    third = client(account(root="prompt"))
    began = clock.monotonic()
    await third.send(prepared, fresh=False)
    assert clock.monotonic() == began + 60 + 10


async def test_older_object_of_seed_that_caller_chose_is_not_taken(client: Any, account: Any) -> None:
    service = account(root="prompt")
    service.shelf.put(seed=42, text="a garden", tune_id=9, age=86400)
    prepared = await client(service).prompts.prepare(9, text="a garden", seed=42)
    assert not prepared.identity_drawn
    assert await client(service).recover(prepared) is None
    assert (await client(service).send(prepared, fresh=False)).id == 2
    assert (await client(service).recover(prepared)).id == 2
    tune = await client(account()).tunes.prepare(name="woman", image_urls=[PICTURE], title="Jane Doe")
    assert not tune.identity_drawn


async def test_a_title_that_may_be_anothers_is_not_guessed(client: Any, account: Any) -> None:
    service = account()
    prepared = await client(service).tunes.prepare(name="woman", image_urls=[PICTURE], title="Jane Doe")
    service.shelf.put(title="Jane Doe", name="woman")
    with pytest.raises(UnknownOutcomeError, match="could be another's"):
        await client(service).recover(prepared)
    with pytest.raises(UnknownOutcomeError, match="could be another's"):
        await client(service).send(prepared, fresh=False)
    assert "POST /tunes" not in service.shelf.calls


async def test_prepared_create_sent_by_two_calls_is_one_order(client: Any, account: Any) -> None:
    service = account("made", "made, lost", root="prompt")
    astria = client(service)
    prepared = await astria.prompts.prepare(9, text="a garden", idempotency_key="k")
    first = await astria.send(prepared)
    assert (await astria.recover(prepared)).id == first.id
    assert (await astria.send(prepared, fresh=False)).id == first.id
    assert len(service.shelf.items) == 1


async def test_call_with_the_same_idempotency_key_is_the_same_order(client: Any, account: Any) -> None:
    service = account(root="prompt")
    astria = client(service)
    made = await astria.prompts.create(9, text="a garden", idempotency_key="k")
    prepared = await astria.prompts.prepare(9, text="a garden", idempotency_key="k")
    assert (await astria.send(prepared, fresh=False)).id == made.id
    service = account()
    astria = client(service)
    tune = await astria.tunes.create(name="woman", image_urls=[PICTURE], idempotency_key="k")
    prepared = await astria.tunes.prepare(name="woman", image_urls=[PICTURE], idempotency_key="k")
    assert (await astria.recover(prepared)).id == tune.id
    assert len(service.shelf.items) == 1


async def test_two_orders_with_one_chosen_seed_never_get_one_object(client: Any, account: Any) -> None:
    service = account(root="prompt")
    astria = client(service)
    one = await astria.prompts.prepare(9, text="a garden", seed=42)
    await service.shelf.clock.sleep(1)
    other = await astria.prompts.prepare(9, text="a garden", seed=42)
    first = await astria.send(one)
    assert await astria.recover(other) is None
    second = await astria.send(other, fresh=False)
    assert {first.id, second.id} == {1, 2}


async def test_lost_answer_to_a_prepared_create_is_looked_for(client: Any, account: Any) -> None:
    service = account("made, lost", "lost", root="prompt")
    astria = client(service)
    for expected in (1, 2):
        prepared = await astria.prompts.prepare(9, text="a garden")
        assert (await astria.send(prepared)).id == expected
    assert len(service.shelf.items) == 2


async def test_pack_run_that_trains_tune_is_recovered_by_its_title(client: Any, account: Any) -> None:
    service = account()
    prepared = await client(service).packs.prepare("headshots", name="woman", image_urls=[PICTURE])
    assert await client(service).recover(prepared) is None
    run = await client(service).send(prepared)
    assert (await client(service).recover(prepared)).tune == run.tune
    assert (await client(service).send(prepared, fresh=False)).tune.id == run.tune.id
    assert service.shelf.calls.count("POST /p/headshots/tunes") == 1
