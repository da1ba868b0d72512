"""What cannot be written down, or is not what was written down, is refused in one line before anything is sent."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astria_async import AsyncAstria, ParameterError, Request, Response
from astria_async.resources._creates.prepared import Prepared
from astria_async.testing import VirtualClock

pytestmark = pytest.mark.anyio
PICTURE = "https://example.com/1.jpg"
PNG = b"\x89PNG\r\n\x1a\n"


async def test_create_that_cannot_be_written_down_is_not_prepared(client: Any, account: Any) -> None:
    astria = client(account())
    for image in (PNG, io.BytesIO(PNG)):
        with pytest.raises(
            ParameterError, match=r"images\[0\]: bytes and file objects cannot be prepared; pass a Path"
        ):
            await astria.tunes.prepare(name="woman", images=[image])
    with pytest.raises(ParameterError, match="tune_ids: a run that makes no tune cannot be prepared"):
        await astria.packs.prepare(7, tune_ids=[1])


async def test_a_file_that_changed_is_refused_before_anything_is_sent(
    client: Any, account: Any, tmp_path: Path
) -> None:
    service, file = account(), tmp_path / "1.png"
    file.write_bytes(PNG + b"1")
    astria = client(service)
    prepared = await astria.tunes.prepare(name="woman", images=[file])
    file.write_bytes(PNG + b"2")
    with pytest.raises(ParameterError, match=r"1\.png has changed since it was prepared; restore it, or prepare anew"):
        await astria.send(prepared)
    file.unlink()
    with pytest.raises(ParameterError, match=r"1\.png"):
        await astria.send(prepared)
    assert "POST /tunes" not in service.shelf.calls
    file.write_bytes(PNG + b"1")
    assert (await astria.send(prepared)).id == 1


async def test_prepared_object_is_found_though_its_files_are_gone(client: Any, account: Any, tmp_path: Path) -> None:
    service, file = account(), tmp_path / "1.png"
    file.write_bytes(PNG)
    astria = client(service)
    prepared = await astria.tunes.prepare(name="woman", images=[file])
    tune = await astria.send(prepared)
    file.unlink()
    assert (await astria.recover(prepared)).id == tune.id


@pytest.mark.parametrize(
    ("other", "problem"),
    [
        ({"account": 6}, "it belongs to the account 6, and this key to 5; use that one's key"),
        ({"account": "5"}, "it belongs to the account 5"),
        ({"workspace": 3}, "it is for workspace 3, and this client is for the personal workspace"),
        ({"base_url": "https://evil.example"}, "it is for https://evil.example, and this client is for https://api"),
        ({"version": 2}, "it has the format 2, and this version of the SDK reads 1"),
        ({"version": None}, "it has the format None"),
        ({"operation": "tunes.delete"}, "'tunes.delete' is not a create"),
        ({"operation": ["x"]}, r"\['x'\] is not a create"),
        ({"operation": "tunes.create"}, "ids has to have"),
        ({"ids": {}}, "ids has to have"),
        ({"ids": []}, "ids has to have"),
        ({"ids": {"tune": 9, "prompt": 1}}, "ids has to have"),
        ({"ids": {"tune": "9/../../users"}}, "tune"),
        ({"ids": {"tune": "9"}}, "tune"),
        ({"ids": {"tune": True}}, "tune"),
        ({"ids": {"tune": 0}}, "tune"),
        ({"ids": {"tune": None}}, "tune"),
        ({"params": {}}, "params has no seed"),
        ({"params": []}, "params has no seed"),
        ({"params": {"seed": "7"}}, "params has no seed"),
        ({"params": {"seed": True}}, "params has no seed"),
        ({"params": {"seed": 7, "input_image": {"$file": 5}}}, "input_image"),
        ({"params": {"seed": 7, "input_image": {"$file": {}}}}, "input_image"),
        (
            {"params": {"seed": 7, "input_image": {"$file": {"path": 5, "name": 1, "size": 1, "sha256": ""}}}},
            "input_image",
        ),
        ({"prepared_at": "2026-01-01T00:00:00"}, "with a time zone"),
        ({"prepared_at": "yesterday"}, "not what Prepared"),
        ({"prepared_at": 5}, "not what Prepared"),
        ({"identity_drawn": "yes"}, "identity_drawn"),
        ({"identity_drawn": None}, "identity_drawn"),
        ({"path": "/users"}, "not what Prepared"),
    ],
)
async def test_json_that_was_tampered_with_is_refused_in_one_line(
    other: Any, problem: str, client: Any, account: Any
) -> None:
    service = account(root="prompt")
    astria = client(service)
    prepared = await astria.prompts.prepare(9, text="a garden")
    text = json.dumps({**json.loads(prepared.to_json()), **other})
    with pytest.raises(ParameterError, match=problem) as caught:
        await astria.send(Prepared.from_json(text))
    assert "\n" not in str(caught.value)
    assert service.shelf.calls == []


@pytest.mark.parametrize(
    "slug", ["../users", "..", ".", "a/b", "", " ", "a\nb", "a?b=c", "a#b", None, True, 0, 5.5, []]
)
async def test_packs_path_is_made_of_id_or_slug_alone(slug: Any, client: Any, account: Any) -> None:
    service = account()
    astria = client(service)
    prepared = await astria.packs.prepare("headshots", name="woman", image_urls=[PICTURE])
    text = json.dumps({**json.loads(prepared.to_json()), "ids": {"pack": slug}})
    with pytest.raises(ParameterError, match=r"ids\.pack is .*, which is not an id") as caught:
        await astria.send(Prepared.from_json(text))
    assert "\n" not in str(caught.value)
    assert service.shelf.calls == []


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "5", '"x"', "{}", '{"version": 1}', b"\xff", "[" * 100_000])
def test_send_refuses_what_is_not_prepared_in_one_line(text: Any) -> None:
    with pytest.raises(ParameterError, match="prepared: ") as caught:
        Prepared.from_json(text)
    assert len(str(caught.value).splitlines()) == 1


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda one: st.lists(one) | st.dictionaries(st.text(), one),
    )
)
def test_any_json_is_prepared_or_refused(data: Any) -> None:
    base = {
        "version": 1, "operation": "prompts.create", "ids": {"tune": 9}, "params": {"seed": 7}, "account": 5,
        "identity_drawn": True, "workspace": None, "base_url": "https://x.y", "prepared_at": "2026-01-01T00:00:00Z",
    }  # fmt: skip
    for name in base:
        try:
            assert isinstance(Prepared.from_json(json.dumps({**base, name: data})), Prepared)
        except ParameterError as error:
            assert len(str(error).splitlines()) == 1


@pytest.mark.parametrize("thing", [None, 5, "x", {}, object()])
async def test_what_is_not_prepared_create_is_refused_with_remedy(thing: Any, client: Any, account: Any) -> None:
    astria = client(account())
    for call in (lambda: astria.send(thing), lambda: astria.send(thing, fresh=False), lambda: astria.recover(thing)):
        with pytest.raises(ParameterError, match="give what prepare"):
            await call()


async def test_times_without_a_zone_are_refused(client: Any, account: Any) -> None:
    astria = client(account())
    prepared = await astria.tunes.prepare(name="woman", image_urls=[PICTURE])
    naive: Any
    for naive in (datetime(2026, 1, 1), "2026-01-01", 5):
        with pytest.raises(ParameterError, match="last_attempt: "):
            await astria.send(prepared, fresh=False, last_attempt=naive)
        with pytest.raises(ParameterError, match="since: "):
            await astria.recover(prepared, since=naive)


async def test_a_workspaces_creates_are_its_own(client: Any, account: Any) -> None:
    service = account(root="prompt")
    astria = client(service)
    view = astria.with_options(workspace_id=3)
    prepared = await view.prompts.prepare(9, text="a garden")
    assert prepared.workspace == 3
    with pytest.raises(ParameterError, match="it is for workspace 3, and this client is for the personal workspace"):
        await astria.send(prepared)
    assert (await astria.with_options(workspace_id="3").send(prepared)).id == 1


async def test_whose_the_key_is_is_asked_once(client: Any, shelf: Any, clock: VirtualClock) -> None:
    asked: list[str] = []

    def answer(request: Request) -> Response:
        asked.append(request.path)
        return Response.from_json(200, {"id": 5}, {"Date": "Thu, 01 Jan 2026 15:00:00 GMT"})

    astria: AsyncAstria = client(answer)
    one = await astria.tunes.prepare(name="woman", image_urls=[PICTURE])
    await clock.sleep(60)
    other = await astria.with_options(validate=False).tunes.prepare(name="woman", image_urls=[PICTURE])
    assert asked == ["/users"]
    assert one.prepared_at == datetime(2026, 1, 1, 15, 0, tzinfo=UTC)  # by the service's clock
    assert other.prepared_at - one.prepared_at == timedelta(seconds=60)
    assert one.identity != other.identity
