"""How long the fake takes for its work."""

from __future__ import annotations

from attrs import asdict, frozen

from ..._values.spelling import with_explained_options


@with_explained_options
@frozen(kw_only=True)
class Timings:
    """When things happen, in seconds; infinity means never, 0 at once.

    A tune's are counted from its creation, a prompt's from the moment at which it may begin: its creation, or the end of
    its tune's training if that is later. The times of a theme's prompts and of a video's inspection are counted
    from their request. Real times: Flux training takes 5 to 10 minutes, a prompt 10 s to minutes, a
    tune of branch=fast starts after 0.5 s and is trained 12 to 35 s after its creation [I].

    Args:
        tune_started: Seconds until a tune's training begins.
        tune_trained: Seconds until a tune is trained.
        fast_tune_trained: Seconds until a tune of the branch `fast` is trained.
        prompt_started: Seconds until a prompt is begun.
        prompt_trained: Seconds until a prompt has its images.
        theme_written: Seconds until a theme's prompts are there.
        video_inspected: Seconds until a video is inspected.
    """

    tune_started: float = 0.5
    tune_trained: float = 420.0
    fast_tune_trained: float = 12.0
    prompt_started: float = 0.5
    prompt_trained: float = 20.0
    theme_written: float = 30.0
    video_inspected: float = 15.0

    def __attrs_post_init__(self) -> None:
        for name, value in asdict(self).items():
            if not value >= 0:
                raise ValueError(f"{name}={value!r}: give 0 or more seconds")

    def scaled(self, factor: float) -> Timings:
        """The same, so many times as long: `Timings().scaled(1 / 60)` shows a minute in a second.

        Args:
            factor: What each time is multiplied by, 0 or more.
        """
        return Timings(**{name: value * factor for name, value in asdict(self).items()})
