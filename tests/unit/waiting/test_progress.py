"""When a tune or a prompt is done."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from astria_async import GenerationFailedError, Prompt, Tune
from astria_async.waiting import PromptProgress, TuneProgress
from astria_async.waiting.progress import ERROR_GRACE

ENDED = datetime(2026, 1, 1, tzinfo=UTC)
PENDING = Prompt(id=5)
FAULTY = Prompt(id=5, user_error="no face")
EMPTY = Prompt(id=5, trained_at=ENDED)
DONE = Prompt(id=5, trained_at=ENDED, images=("https://x.y/1",))


def test_a_tune_is_done_when_it_is_trained() -> None:
    assert not TuneProgress().is_done(Tune(id=1, started_training_at=ENDED), 0)
    assert TuneProgress().is_done(Tune(id=1, trained_at=ENDED), 0)


def test_a_prompt_is_done_with_images_and_an_end() -> None:
    progress = PromptProgress()
    assert not progress.is_done(PENDING, 0)
    assert not progress.is_done(Prompt(id=5, images=("https://x.y/1",)), 5), "a part of num_images"
    assert progress.is_done(DONE, 9)


def test_an_error_counts_after_a_while() -> None:
    progress = PromptProgress()
    assert not progress.is_done(FAULTY, 100)
    assert not progress.is_done(FAULTY, 100 + ERROR_GRACE - 1)
    with pytest.raises(GenerationFailedError, match="prompt 5 failed: no face") as caught:
        progress.is_done(FAULTY, 100 + ERROR_GRACE)
    assert caught.value.prompt is FAULTY


def test_an_error_that_goes_away_does_not_count() -> None:
    progress = PromptProgress()
    for moment in (0.0, ERROR_GRACE - 1):
        assert not progress.is_done(FAULTY, moment)
    assert not progress.is_done(PENDING, ERROR_GRACE)
    assert not progress.is_done(FAULTY, ERROR_GRACE + 1), "another attempt's error has its own time"
    assert progress.is_done(DONE, ERROR_GRACE + 2)


@pytest.mark.parametrize("images", [(), ("https://x.y/1",)])
def test_an_error_of_an_ended_prompt_counts_at_once(images: tuple[str, ...]) -> None:
    with pytest.raises(GenerationFailedError, match="no face"):
        PromptProgress().is_done(Prompt(id=5, user_error="no face", trained_at=ENDED, images=images), 0)


def test_a_prompt_that_ended_empty_is_read_once_more() -> None:
    progress = PromptProgress()
    assert not progress.is_done(EMPTY, 0)
    with pytest.raises(GenerationFailedError, match="it ended without images, and the service did not say why"):
        progress.is_done(EMPTY, 2)


def test_images_that_come_after_the_end_count() -> None:
    progress = PromptProgress()
    assert not progress.is_done(EMPTY, 0)
    assert progress.is_done(DONE, 2)
