"""What the fake sees in videos."""

from __future__ import annotations

from typing import Any

import pytest

from astria_async.testing import FakeAstria, Timings, VirtualClock

pytestmark = pytest.mark.anyio

URL = "https://e.com/1.mp4"


async def test_an_inspection_goes_its_way(api: Any, clock: VirtualClock) -> None:
    begun = (await api("POST", "/videos/inspect", {"file_url": URL, "tune_ids": [1]})).json()
    failing = (await api("POST", "/videos/inspect", {"file_url": f"{URL}?[[fail]]"})).json()
    assert (begun["status"], begun["description"]) == ("pending", None)
    path = f"/videos/inspect/{begun['id']}"
    await clock.sleep(1)
    assert (await api.get(path))["status"] == "processing"
    await clock.sleep(14)
    done = await api.get(path)
    assert (done["status"], done["error"]) == ("completed", None)
    assert done["description"]
    failed = await api.get(f"/videos/inspect/{failing['id']}")
    assert (failed["status"], bool(failed["error"])) == ("failed", True)


async def test_an_inspection_is_its_keys_own(api: Any) -> None:
    begun = (await api("POST", "/videos/inspect", {"file_url": URL})).json()
    other = type(api)(api.fake, "sd_other")
    assert (await other("GET", f"/videos/inspect/{begun['id']}")).status == 404
    assert (await api("GET", "/videos/inspect/1")).status == 404
    for data in ({}, {"file_url": "x"}):
        assert "file_url" in await api.refused("/videos/inspect", data)


async def test_an_inspection_ends_when_the_test_says(api: Any, clock: VirtualClock, fake: FakeAstria) -> None:
    fake.timings = Timings(video_inspected=60)
    begun = (await api("POST", "/videos/inspect", {"file_url": URL})).json()
    assert [(one.id, one.source, one.status_at(0)) for one in fake.inspections] == [(begun["id"], URL, "pending")]
    await clock.sleep(59)
    assert (await api.get(f"/videos/inspect/{begun['id']}"))["status"] == "processing"
    fake.fail_inspection(begun["id"], "no frames")
    await clock.sleep(1)
    failed = await api.get(f"/videos/inspect/{begun['id']}")
    assert (failed["status"], failed["error"], failed["description"]) == ("failed", "no frames", None)
    with pytest.raises(KeyError):
        fake.fail_inspection(1)
