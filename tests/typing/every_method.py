"""What a type checker reveals for every method that `accepted.py` leaves out; a test holds that none is missing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import assert_type

from attrs import frozen

from astria_async import (
    AstriaError,
    AsyncAstria,
    Description,
    GenerationFailedError,
    Inspection,
    LimiterStatistics,
    Listing,
    NotFoundError,
    Pack,
    PackRun,
    PackRunParams,
    Prepared,
    Prompt,
    PromptParams,
    RawResponse,
    Response,
    RetryPolicy,
    Timeout,
    Tune,
    TuneParams,
    UploadedFile,
    VideoInspection,
    VideoInspectionState,
    WaitProgress,
    WaitTimeoutError,
    Workspace,
)
from astria_async.display import bars
from astria_async.models import Classification
from astria_async.telemetry import AttemptEnded, Event, Explanation


async def packs_and_gallery(astria: AsyncAstria) -> None:
    assert_type(astria.packs.list(public=True, page_size=120), Listing[Pack])
    assert_type(await astria.packs.create(title="Headshots", base_tune_id=1504944), Pack)
    assert_type(await astria.packs.run("headshots", PackRunParams(tune_ids=[1])), PackRun)
    assert_type(astria.gallery.packs(listed=True), Listing[Pack])


async def prompts(astria: AsyncAstria, prompt: Prompt) -> None:
    assert_type(await astria.prompts.update(prompt, pack_id=7), Prompt)
    await astria.prompts.unlike(prompt)
    assert_type(await astria.prompts.create(1, text="x", idempotency_key="order-7", auto_seed=True), Prompt)


async def images_and_videos(astria: AsyncAstria, upload: UploadedFile) -> None:
    assert_type(await astria.images.classify("https://example.com/1.jpg", names=["man"]), Classification)
    assert_type(await astria.images.classify(file=Path("1.jpg")), Classification)
    assert_type(await astria.images.describe(b"..."), Description)
    assert_type(await astria.images.describe(file=upload), Description)
    inspection = await astria.images.inspect(("1.jpg", b"..."), name="woman")
    assert_type(inspection.warnings, tuple[str, ...])
    assert_type(Inspection.summarize([inspection]), dict[str, str])
    begun = await astria.videos.inspect(Path("1.mp4"), tunes=[1])
    assert_type(begun, VideoInspection)
    assert_type(begun.state, VideoInspectionState)
    assert_type(await astria.videos.inspect(file=upload), VideoInspection)
    assert_type(await astria.videos.retrieve_inspection(begun), VideoInspection)
    assert_type(await astria.videos.wait(begun, timeout=60, interval=None), VideoInspection)
    await astria.tunes.create(name="woman", images=[upload, Path("1.jpg")])


async def themes_and_account(astria: AsyncAstria, tune: Tune) -> None:
    await astria.themes.create(theme="a day in Rome", tunes=[tune, 2])
    workspaces = astria.account.workspaces
    assert_type(await workspaces.list(), list[Workspace])
    assert_type(await workspaces.create(title="Shop"), Workspace)
    assert_type(await workspaces.retrieve(1), Workspace)
    assert_type(await workspaces.update(1, brief="quiet"), Workspace)


async def what_is_prepared(astria: AsyncAstria, tune: Tune) -> None:
    prompt = await astria.prompts.prepare(tune, text="x", idempotency_key="order-7")
    assert_type(prompt, Prepared[Prompt])
    assert_type(await astria.prompts.prepare(1, PromptParams(text="x"), on=2), Prepared[Prompt])
    trained = await astria.tunes.prepare(name="woman", image_urls=["https://example.com/1.jpg"])
    assert_type(trained, Prepared[Tune])
    run = await astria.packs.prepare("headshots", name="woman", image_urls=["https://example.com/1.jpg"])
    assert_type(run, Prepared[PackRun])
    assert_type(await astria.send(prompt), Prompt)
    assert_type(await astria.send(trained, fresh=False, last_attempt=datetime.fromisoformat("2026-01-01T00:00Z")), Tune)
    assert_type(await astria.send(run), PackRun)
    assert_type(await astria.recover(prompt), Prompt | None)
    assert_type(prompt.to_json(), str)
    assert_type(prompt.key, str)
    assert_type(prompt.identity, str | int)
    await astria.send(Prepared.from_json("{}"))


async def what_is_found_and_deleted(astria: AsyncAstria, tune: Tune) -> None:
    assert_type(
        await astria.prompts.find(tune, seed=7, since=datetime.fromisoformat("2026-01-01T00:00Z")), Prompt | None
    )
    assert_type(await astria.tunes.delete(tune, prompts=True), None)
    assert_type(await astria.prompts.update(5, pack_id=7), Prompt)
    await astria.tunes.create(name="woman", image_urls=["https://example.com/1.jpg"], idempotency_key="order-7")
    await astria.packs.run(7, name="woman", image_urls=["https://example.com/1.jpg"], idempotency_key="order-7")


async def raw_responses(astria: AsyncAstria, tune: Tune) -> None:
    """Typed as the methods themselves, overloads too."""
    raw = astria.with_raw_response
    assert_type(await raw.tunes.retrieve(1), RawResponse[Tune])
    assert_type(await raw.tunes.create(name="woman", image_urls=["https://example.com/1.jpg"]), RawResponse[Tune])
    assert_type(await raw.tunes.create(TuneParams(name="woman", images=["https://x.y/1.jpg"])), RawResponse[Tune])
    assert_type(await raw.prompts.create(tune, text="x"), RawResponse[Prompt])
    assert_type(await raw.prompts.create(tune, PromptParams(text="x"), on=2), RawResponse[Prompt])
    assert_type(await raw.packs.run("headshots", tune_ids=[1]), RawResponse[PackRun])
    assert_type(await raw.account.workspaces.list(), RawResponse[list[Workspace]])
    found = await raw.tunes.find("Ann")
    assert_type(found.parsed, Tune | None)
    assert_type(found.parse(), Tune | None)
    assert_type(found.status, int)
    assert_type(found.headers["x-request-id"], str)


@frozen
class Notice:
    kind: str
    id: int


def show(progress: WaitProgress) -> None:
    assert_type(progress.expected, float | None)


async def what_is_waited_for(astria: AsyncAstria, prompt: Prompt, tune: Tune) -> None:
    assert_type(await astria.tunes.wait(tune, timeout=60, on_progress=show), Tune)
    assert_type(await astria.prompts.wait(5, on_progress=bars()), Prompt)
    assert_type(await astria.prompts.wait_all([prompt, 5]), list[Prompt])
    assert_type(
        await astria.prompts.wait_all([prompt], return_exceptions=True),
        list[Prompt | GenerationFailedError | WaitTimeoutError | NotFoundError],
    )
    async for each in astria.prompts.as_completed([prompt, 5], interval=3):
        assert_type(each, Prompt)
    astria.notify(Notice("prompt", 5))
    raw = await astria.with_raw_response.prompts.wait_all([prompt])
    assert_type(raw, RawResponse[list[Prompt]])
    try:
        await astria.prompts.wait_all([prompt])
    except WaitTimeoutError as error:
        assert_type(error.results, Sequence[Prompt | AstriaError | None] | None)


def what_is_heard(event: Event) -> None:
    if isinstance(event, AttemptEnded):
        assert_type(event.seconds, float)
    assert_type(event.call, int)


async def the_client(astria: AsyncAstria) -> None:
    raw = await astria.with_raw_response(astria.tunes.retrieve(1))
    assert_type(raw, RawResponse[Tune])
    assert_type(raw.parsed, Tune)
    assert_type(raw.response.status, int)
    assert_type(raw.response.text, str)
    assert_type(await astria.request("GET", "/anything", params={"a": 1}), Response)
    view = astria.with_options(workspace_id=5, timeout=Timeout(total=60), retry=RetryPolicy(max_attempts=2))
    assert_type(view, AsyncAstria)
    assert_type(astria.with_options(max_retries=0), AsyncAstria)
    assert_type(astria.statistics(), LimiterStatistics)
    assert_type(await astria.service_time(), datetime)
    assert_type(astria.explain(), Explanation)
    assert_type(astria.explain().reasons, tuple[str, ...])
    assert_type(astria.with_options(on_event=what_is_heard), AsyncAstria)
    AsyncAstria(on_event=what_is_heard)
    await view.aclose()
