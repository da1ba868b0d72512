"""When a tune, a prompt or an inspection is done. This is read off its fields, over several reads."""

from __future__ import annotations

from typing import Protocol, TypeVar

from attrs import define

from ..errors import GenerationFailedError, InspectionFailedError
from ..models import Prompt, PromptState, Tune, TuneState, VideoInspection, VideoInspectionState

T = TypeVar("T", Tune, Prompt, VideoInspection)

#: Seconds for which a prompt may show a `user_error` without `trained_at`: the service retries a failed attempt, and then
#: takes the error back [V]. An attempt takes about 10 s to a minute [I].
ERROR_GRACE = 60.0


class Progress(Protocol[T]):
    """What `poll` asks: of which class the object is, its name in a message, and whether it is done.

    One instance serves one wait.
    """

    @property
    def kind(self) -> type[T]: ...

    @property
    def noun(self) -> str: ...

    def is_done(self, seen: T, now: float) -> bool:
        """Whether the wait can end. `now` is the clock's monotonic time. May raise what the wait is to raise."""
        ...


class TuneProgress:
    """A tune is done when it is trained. Nothing shows that a training failed [D]."""

    kind = Tune
    noun = "tune"

    def is_done(self, seen: Tune, now: float) -> bool:
        del now
        return seen.state is TuneState.TRAINED


@define
class PromptProgress:
    """A prompt is done when it has ended with images. Raises GenerationFailedError if it ended without."""

    kind = Prompt
    noun = "prompt"
    has_read_empty: bool = False
    error_since: float | None = None

    def is_done(self, seen: Prompt, now: float) -> bool:
        if not seen.user_error:
            self.error_since = None
            if seen.state is not PromptState.FAILED:
                return seen.state is PromptState.SUCCEEDED
            # It has ended, but its images are not there yet: read once more.
            if not self.has_read_empty:
                self.has_read_empty = True
                return False
        elif seen.trained_at is None:
            if self.error_since is None:
                self.error_since = now
            if now - self.error_since < ERROR_GRACE:
                return False
        why = seen.user_error or "it ended without images, and the service did not say why"
        raise GenerationFailedError(f"prompt {seen.id} failed: {why}", prompt=seen)


class InspectionProgress:
    """An inspection of a video is done when it has a finding. Raises InspectionFailedError if it failed."""

    kind = VideoInspection
    noun = "inspection"

    def is_done(self, seen: VideoInspection, now: float) -> bool:
        del now
        if seen.state is VideoInspectionState.FAILED:
            name = "the inspection" if seen.id is None else f"inspection {seen.id}"
            why = seen.error or "the service did not say why"
            raise InspectionFailedError(f"{name} failed: {why}", inspection=seen)
        return seen.state is VideoInspectionState.SUCCEEDED
