"""The fake's tunes: their shape, their life, and what is refused."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import inf
from typing import Any

import pytest

from astria_async._codec import decode
from astria_async._wire import Request
from astria_async.models import Tune
from astria_async.testing import FakeAstria, Timings, VirtualClock

pytestmark = pytest.mark.anyio

#: The documented keys (astria-api, section 4), and workspace_id, by which a fallback to another workspace is noticed.
KEYS = {
    "id", "title", "name", "is_api", "token", "branch", "model_type", "base_tune_id", "steps", "args", "callback",
    "face_crop", "training_face_correct", "ckpt_url", "ckpt_urls", "eta", "started_training_at", "trained_at",
    "expires_at", "created_at", "updated_at", "url", "orig_images", "cost_mc", "workspace_id",
}  # fmt: skip


async def test_a_new_tune_is_answered_bare_in_the_documented_shape(api: Any) -> None:
    callback = "https://example.com/done?user=1"
    response = await api(
        "POST",
        "/tunes",
        {"tune": {"name": "man", "title": "T", "image_urls": ["https://e.com/1"], "callback": callback}},
    )
    tune = response.json()
    assert response.status == 201
    assert tune.keys() == KEYS
    assert (tune["name"], tune["title"], tune["callback"], tune["is_api"]) == ("man", "T", callback, True)
    assert (tune["branch"], tune["token"], tune["model_type"]) == ("sd15", "sks", None)
    assert tune["created_at"] == tune["updated_at"] == "2026-01-01T12:00:00.000Z"
    assert tune["eta"] == "2026-01-01T12:10:30.000Z"  # as recorded: 10.5 min
    assert tune["started_training_at"] is tune["trained_at"] is tune["expires_at"] is None
    assert (tune["orig_images"], tune["ckpt_urls"]) == ([f"https://mp.astria.ai/pictures/t{tune['id']}-0"], [])


async def test_answers_carry_a_date_a_name_and_their_type(api: Any, clock: VirtualClock) -> None:
    await clock.sleep(3600)
    one, other = await api("GET", "/tunes"), await api("GET", "/tunes")
    assert one.headers["content-type"] == "application/json; charset=utf-8"
    assert one.headers["date"] == "Thu, 01 Jan 2026 13:00:00 GMT"
    assert one.headers["x-request-id"] != other.headers["x-request-id"]


async def test_the_sdks_own_model_knows_every_key(api: Any) -> None:
    response = await api("POST", "/tunes", {"tune": {"name": "man", "title": "T", "image_urls": ["https://e.com/1"]}})
    tune = decode(response, Tune, Request(method="POST", url="https://api.astria.ai/tunes"))
    assert not tune.extra


async def test_a_tune_is_queued_then_trains_then_is_trained(api: Any, clock: VirtualClock) -> None:
    tune = await api.tune(branch="sd15")
    path, seen = f"/tunes/{tune['id']}", []
    for seconds in (0.4, 0.1, 419.4, 0.1):
        await clock.sleep(seconds)
        now = await api.get(path)
        seen.append((now["started_training_at"], now["trained_at"], now["updated_at"]))
    started, trained = "2026-01-01T12:00:00.500Z", "2026-01-01T12:07:00.000Z"
    assert seen == [
        (None, None, tune["created_at"]),
        (started, None, started),
        (started, None, started),
        (started, trained, trained),
    ]
    assert now["expires_at"] == "2026-01-31T12:07:00.000Z"
    assert now["eta"] == tune["eta"]
    assert now["ckpt_url"] in now["ckpt_urls"]


async def test_a_tune_kept_for_longer_does_not_expire(api: Any, clock: VirtualClock) -> None:
    tune = await api.tune(auto_extend=True)
    await clock.sleep(60)
    assert (await api.get(f"/tunes/{tune['id']}"))["expires_at"] is None


async def test_branch_fast_is_trained_after_twelve_seconds_for_nothing(api: Any, clock: VirtualClock) -> None:
    tune = await api.tune()
    await clock.sleep(12)
    assert (await api.get(f"/tunes/{tune['id']}"))["trained_at"] == "2026-01-01T12:00:12.000Z"
    assert tune["cost_mc"] == 0


@pytest.mark.parametrize("params", [{"branch": "sd15", "model_type": "faceid"}, {"branch": "gemini"}])
async def test_faceid_and_gemini_tunes_are_trained_at_once(api: Any, params: dict[str, str]) -> None:
    tune = await api.tune(**params)
    assert tune["trained_at"] == tune["started_training_at"] == tune["created_at"]


async def test_a_training_that_never_ends_stays_one(api: Any, fake: FakeAstria, clock: VirtualClock) -> None:
    fake.timings = Timings(tune_trained=inf)
    tune = await api.tune(branch="sd15", prompts_attributes=[{"text": "x"}])
    await clock.sleep(1e6)
    now = await api.get(f"/tunes/{tune['id']}")
    assert now["started_training_at"] and now["trained_at"] is now["eta"] is None
    assert fake.tunes[0].ended_at is None
    assert (await api.get("/prompts"))[0]["started_training_at"] is None


@pytest.mark.parametrize(
    ("params", "branch", "model_type", "token"),
    [
        ({"base_tune_id": 1504944}, "flux1", "lora", "ohwx"),
        ({"base_tune_id": "690204"}, "sd15", None, "sks"),
        ({"base_tune_id": 666678, "model_type": "lora"}, "sdxl1", "pti", "ohwx"),
        ({}, "sd15", None, "sks"),
        ({"base_tune_id": 690204, "token": "zwx"}, "sd15", None, "zwx"),
        ({"branch": "flux1", "model_type": "faceid"}, "flux1", "faceid", None),
        ({"branch": "fast", "base_tune_id": 1504944, "model_type": "lora"}, "fast", "lora", "ohwx"),
        ({"branch": "fast", "base_tune_id": 666678}, "fast", "pti", "ohwx"),
        ({"branch": "fast"}, "fast", None, "sks"),
    ],
)
async def test_branch_type_and_token_follow_from_the_base(
    api: Any, params: dict[str, Any], branch: str, model_type: str | None, token: str | None
) -> None:
    tune = await api.tune(**{"branch": None, **params})
    assert (tune["branch"], tune["model_type"], tune["token"]) == (branch, model_type, token)


async def test_a_faceid_tune_is_as_recorded(api: Any) -> None:
    tune = await api.tune(branch=None, model_type="faceid")
    assert (tune["token"], tune["ckpt_url"], tune["ckpt_urls"]) == (None, None, [])
    assert tune["trained_at"] == tune["created_at"] <= tune["eta"]


async def test_only_a_flux_lora_has_no_checkpoint_file(api: Any, clock: VirtualClock) -> None:
    ids = [(await api.tune(branch=None, base_tune_id=base))["id"] for base in (1504944, 666678, 690204)]
    await clock.sleep(420)
    assert [bool((await api.get(f"/tunes/{id_}"))["ckpt_urls"]) for id_ in ids] == [False, True, True]


async def test_images_with_an_index_are_taken(api: Any, fake: FakeAstria) -> None:
    body = (
        b'--x\r\nContent-Disposition: form-data; name="tune[name]"\r\n\r\nman\r\n'
        b'--x\r\nContent-Disposition: form-data; name="tune[title]"\r\n\r\nT\r\n'
        b'--x\r\nContent-Disposition: form-data; name="tune[images][0]"; filename="1.jpg"\r\n\r\nabc\r\n--x--'
    )
    response = await api("POST", "/tunes", body, content_type="multipart/form-data; boundary=x")
    assert response.status == 201
    assert len(response.json()["orig_images"]) == len(fake.tunes[0].files) == 1


async def test_base_tunes_are_everybodys_but_in_nobodys_list(api: Any, fake: FakeAstria) -> None:
    base = await api.get("/tunes/1504944")
    assert base["trained_at"] and base["title"] == "Flux1.dev" and base["ckpt_url"] is None
    assert await api.get("/tunes") == []
    assert fake.tunes == ()
    for method in ("PATCH", "DELETE"):
        assert (await api(method, "/tunes/1504944", {"tune": {"title": "mine"}})).status == 404


async def test_prompts_come_with_tune_and_begin_when_it_is_trained(api: Any, clock: VirtualClock) -> None:
    tune = await api.tune(prompts_attributes=[{"text": "one", "lora_scale": 0.8}, {"text": "two", "num_images": 8}])
    prompts = await api.get(f"/tunes/{tune['id']}/prompts")
    assert [prompt["text"] for prompt in prompts] == ["two", "one"]
    await clock.sleep(12 + 20)
    one = await api.get(f"/prompts/{prompts[1]['id']}")
    assert one["started_training_at"] == "2026-01-01T12:00:12.500Z"
    assert one["trained_at"] == "2026-01-01T12:00:32.000Z"


async def test_a_body_without_its_root_is_a_bad_request(api: Any) -> None:
    bodies: list[object] = [{"name": "man"}, {"tune": {}}, {"tune": "man"}, [1]]
    for data in bodies:
        assert (await api.refused("/tunes", data, 400))["error"].endswith("tune")


async def test_a_tune_can_be_changed(api: Any, fake: FakeAstria, clock: VirtualClock) -> None:
    tune = await api.tune(title="old")
    await clock.sleep(5)
    changes = {
        "title": "new",
        "name": "woman",
        "auto_extend": True,
        "characteristics": {"eye_color": "blue"},
        "token": "no",
    }
    response = await api("PATCH", f"/tunes/{tune['id']}", {"tune": changes})
    changed = response.json()
    assert (response.status, changed["title"], changed["name"], changed["token"]) == (200, "new", "woman", "sks")
    assert changed["updated_at"] == "2026-01-01T12:00:05.000Z"
    assert fake.tunes[0].params["characteristics"] == {"eye_color": "blue"}
    blank = await api("PATCH", f"/tunes/{tune['id']}", {"tune": {"name": " "}})
    assert (blank.status, blank.json()) == (422, {"name": ["can't be blank"]})


async def test_deleted_checkpoint_takes_its_prompts_along_a_lora_does_not(api: Any, fake: FakeAstria) -> None:
    checkpoint, lora = await api.tune(), await api.tune(model_type="lora")
    kept = await api.prompt(lora["id"])
    await api.prompt(checkpoint["id"])
    for tune in (checkpoint, lora):
        response = await api("DELETE", f"/tunes/{tune['id']}")
        assert (response.status, response.json()) == (200, {"message": "Tune successfully deleted"})
        assert (await api("GET", f"/tunes/{tune['id']}")).status == 404
    assert [prompt["id"] for prompt in await api.get("/prompts")] == [kept["id"]]
    assert fake.tunes == ()


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("title=AND", ["cat and dog", "dog and man"]),
        ("name[]=cat&name[]=dog", ["dog", "cat and dog", "cat"]),
        ("name=man", ["dog and man"]),
        ("model_type=lora", ["cat"]),
        ("branch=fast&title=dog&limit=1", ["dog"]),
        ("branch=fast&title=dog&limit=1&offset=2", ["dog and man"]),
        ("branch=other", []),
    ],
)
async def test_tunes_are_found_by_title_name_type_and_branch(api: Any, query: str, titles: list[str]) -> None:
    for title, name, kind in (
        ("cat", "cat", "lora"), ("dog and man", "man", None), ("cat and dog", "dog", None), ("dog", "dog", None)
    ):  # fmt: skip
        await api.tune(title=title, name=name, model_type=kind)
    assert [tune["title"] for tune in await api.get(f"/tunes?{query}")] == titles


# --- Idempotency


async def test_with_idempotency_the_same_title_returns_the_same_tune(api: Any, fake: FakeAstria) -> None:
    before = await api.tune(title="before")
    fake.account_idempotency = True
    assert fake.account_idempotency
    once, again = await api.tune(title="T"), await api.tune(title="T", name="woman")
    assert once["id"] == again["id"]
    assert (await api.tune(title="before"))["id"] == before["id"]
    assert (await api.tune(title="other"))["id"] not in (once["id"], before["id"])
    assert (await api.tune())["id"] != (await api.tune())["id"]


async def test_without_it_every_create_makes_a_tune(api: Any, fake: FakeAstria) -> None:
    assert (await api.tune(title="T"))["id"] != (await api.tune(title="T"))["id"]


async def test_a_title_that_was_given_up_is_free_again(api: Any, fake: FakeAstria) -> None:
    fake.account_idempotency = True
    renamed, deleted = await api.tune(title="A"), await api.tune(title="B")
    await api("PATCH", f"/tunes/{renamed['id']}", {"tune": {"title": "C"}})
    await api("DELETE", f"/tunes/{deleted['id']}")
    assert (await api.tune(title="A"))["id"] > deleted["id"]
    assert (await api.tune(title="B"))["id"] > deleted["id"]
    assert (await api.tune(title="C"))["id"] == renamed["id"]


# --- Money


async def test_an_empty_account_is_told_so_and_gets_nothing(api: Any, fake: FakeAstria) -> None:
    fake.account("sd_test").balance_mc = 155_000
    data: Any = {
        "tune": {
            "name": "man",
            "title": "T",
            "image_urls": ["https://e.com/1"],
            "prompts_attributes": [{"text": "a"}] * 2,
        }
    }
    response = await api("POST", "/tunes", data)
    assert "Not enough balance" in response.body.decode()
    assert (fake.tunes, fake.prompts, fake.account("sd_test").balance_mc) == ((), (), 155_000)
    await api.tune(branch="sd15")
    assert fake.account("sd_test").balance_mc == 5_000
    await api.tune()
    assert fake.account("sd_test").balance_mc == 5_000


# --- What a test can look at


async def test_stored_tunes_tell_what_was_sent_and_when(api: Any, fake: FakeAstria) -> None:
    await api.tune(title="T", steps="30")
    (tune,) = fake.tunes
    assert (tune.title, tune.key, tune.branch, tune.params["steps"], tune.files) == ("T", "sd_test", "fast", "30", ())
    start = datetime.fromisoformat("2026-01-01T12:00:00+00:00")
    assert (tune.created_at, tune.started_at) == (start, start + timedelta(seconds=0.5))
    assert tune.ended_at == start + timedelta(seconds=12)
