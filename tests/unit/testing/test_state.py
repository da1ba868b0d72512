"""What a fake knows as data, and a fake that goes on from it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from astria_async.testing import Callback, FakeAstria, InvalidStateError, Timings, VirtualClock

pytestmark = pytest.mark.anyio
FORM = (
    b'--x\r\nContent-Disposition: form-data; name="tune[name]"\r\n\r\nman\r\n'
    b'--x\r\nContent-Disposition: form-data; name="tune[title]"\r\n\r\nmine\r\n'
    b'--x\r\nContent-Disposition: form-data; name="tune[images][]"; filename="1.jpg"\r\n'
    b"Content-Type: image/jpeg\r\n\r\nabc\r\n--x--"
)


async def live_in(api: Any, fake: FakeAstria) -> None:
    """Tunes with a file and without end; prompts with odd parameters, failing, with a callback; a pack, a workspace."""
    tune = (await api("POST", "/tunes", FORM, content_type="multipart/form-data; boundary=x")).json()
    odd = {"text": "half \ud800", "num_images": 2.0, "seed": 7, "odd": {"$file": [1], "b": [None, True]}}
    await api.prompt(tune["id"], **odd)
    await api.prompt(690204, "[[fail]]", callback="https://shop.com/done")
    fake.timings = Timings(tune_trained=float("inf"))
    await api.tune(title="for ever", branch="sd15")
    fake.add_pack(title="Mine", prompts=["in an office"], key="sd_test")
    await api("POST", "/workspaces", {"workspace": {"title": "Shop"}})
    fake.account("sd_test").balance_mc = 7_700_000


async def look(api: Any) -> list[Any]:
    paths = ("/tunes", "/prompts", "/tunes/2000001", "/packs", "/p/mine", "/workspaces", "/users")
    return [await api.get(path) for path in paths]


async def test_a_restored_fake_answers_as_the_one_before(api: Any, fake: FakeAstria, clock: VirtualClock) -> None:
    await live_in(api, fake)
    data = json.loads(json.dumps(fake.dump()))
    assert data["now"] == clock.now().isoformat()
    after = FakeAstria(clock=clock)
    after.restore(data)
    for _ in range(3):
        assert await look(type(api)(after)) == await look(api)
        await clock.advance(300)
    assert after.tunes[0].files == fake.tunes[0].files
    assert after.dump() == fake.dump()


async def test_objects_after_a_restore_get_new_ids(api: Any, fake: FakeAstria, clock: VirtualClock) -> None:
    await live_in(api, fake)
    after = FakeAstria(clock=clock)
    after.restore(fake.dump())
    again = type(api)(after)
    assert (await again.tune())["id"] == max(tune.id for tune in fake.tunes) + 1
    assert (await again.prompt(690204, "new"))["id"] > max(prompt.id for prompt in fake.prompts)
    taken = {thing.id for thing in (*fake.packs, *fake.workspaces)}
    assert after.add_pack(title="More").id not in taken


async def test_a_restored_fake_still_calls_back(api: Any, fake: FakeAstria, clock: VirtualClock) -> None:
    tune = await api.tune(callback="https://shop.com/tune")
    calls: list[Callback] = []
    after = FakeAstria(clock=clock, callback_receiver=calls.append)
    after.restore(fake.dump())
    await clock.advance(60)
    await after.deliver_callbacks()
    assert [(call.url, call.ids) for call in calls] == [("https://shop.com/tune", (tune["id"],))]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"kind": "another"}, "is not a state"),
        ({"version": 1}, "is not a state"),
        ({"now": "noon"}, "not a time with a zone"),
        ({"tunes": None}, "tunes: NoneType is not a list"),
        ({"prompts": [{"id": "7"}]}, "prompts, entry 1"),
        ({"workspaces": ["x"]}, "workspaces, entry 1"),
    ],
)
async def test_data_that_is_not_a_state_changes_nothing(
    api: Any, fake: FakeAstria, clock: VirtualClock, change: dict[str, Any], problem: str
) -> None:
    await live_in(api, fake)
    after = FakeAstria(clock=clock)
    with pytest.raises(InvalidStateError, match=problem):
        after.restore({**fake.dump(), **change})
    assert (after.tunes, after.prompts, after.workspaces) == ((), (), ())


async def test_the_status_of_a_prompt_follows_from_the_time(api: Any, fake: FakeAstria, clock: VirtualClock) -> None:
    await api.prompt(690204, "a garden")
    await api.prompt(690204, "[[fail]]")
    good, bad = fake.prompts
    assert {prompt.status(clock.now()) for prompt in fake.prompts} == {"pending"}
    await clock.advance(60)
    assert (good.status(clock.now()), bad.status(clock.now())) == ("succeeded", "failed")


async def test_an_image_can_be_looked_at_without_a_request(api: Any, fake: FakeAstria, clock: VirtualClock) -> None:
    tune = await api.tune()
    await api.prompt(tune["id"], num_images=2)
    (prompt,) = fake.prompts
    assert fake.image_names(prompt) == ()
    await clock.advance(60)
    names = fake.image_names(prompt)
    assert [fake.image(name) is not None for name in names] == [True, True]
    assert fake.image("p1-0") is None
    assert fake.image_names(fake.tunes[0]) == (f"t{tune['id']}-0",)
    await clock.advance(31 * 86400)
    assert fake.image_names(prompt) == fake.image_names(fake.tunes[0]) == ()
    assert len(fake.requests) == 2
