"""Whom a prompt's images show, in words: a wrong reference is seen here, before it is paid for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from attrs import frozen

from ....errors import ParameterError
from ....models import Tune
from ....models.families import drawing_base

if TYPE_CHECKING:
    from ....testing import StoredPrompt, StoredTune

_MENTION = re.compile(r"<(?:lora|faceid):(\d{1,18}):", re.ASCII | re.IGNORECASE)


#: How many tunes, the newest first, are looked at for what a text without a reference may have meant.
LOOKED_AT = 200


@frozen
class Shown:
    """Whom a prompt's images show. `problems` is empty if every tune that the prompt seems to mean is there."""

    tune_ids: tuple[int, ...]
    problems: tuple[str, ...]

    @property
    def words(self) -> str:
        """Whom the images show, in a few words."""
        if not self.tune_ids:
            return "shows nobody"
        return f"shows {'tune' if len(self.tune_ids) == 1 else 'tunes'} {' and '.join(map(str, self.tune_ids))}"


class References:
    """Judges the references of prompts. `tunes` are all that there are, oldest first."""

    def __init__(self, tunes: Sequence[StoredTune]) -> None:
        self._tunes = {tune.id: tune for tune in tunes}
        self._newest: dict[tuple[str, int], StoredTune] = {}
        for tune in tunes[: -LOOKED_AT - 1 : -1]:
            base = base_of(tune)
            if base is not None and base != tune.id:
                self._newest.setdefault((tune.key, base), tune)

    def look_at(self, prompt: StoredPrompt) -> Shown:
        """Whom a prompt's images show, and how to write what it means but does not say."""
        return Shown(prompt.persons, tuple(self._problems(prompt)))

    def _problems(self, prompt: StoredPrompt) -> Iterator[str]:
        text = " ".join(str(prompt.params.get(name) or "") for name in ("text", "video_prompt"))
        meant = dict.fromkeys(int(number) for number in _MENTION.findall(text))
        if prompt.tune_id in self._tunes:
            meant[prompt.tune_id] = None
        for tune_id in meant:
            tune = self._tunes.get(tune_id)
            if tune is None or tune.key != prompt.key:
                yield f"This key has no tune {tune_id}."
            elif tune_id not in prompt.persons:
                yield f"Tune {tune_id} is not in the images: {self._remedy(tune, prompt, text)}."
        newest = self._newest.get((prompt.key, prompt.tune_id))
        if not meant and newest is not None:
            yield f"The text mentions no tune. To show tune {newest.id}, write {mention_of(newest)}."

    def _remedy(self, tune: StoredTune, prompt: StoredPrompt, text: str) -> str:
        mention, base, steps = mention_of(tune), base_of(tune), list[str]()
        if mention not in text:
            steps.append(f"write {mention}")
        if base is None:
            if prompt.tune_id in self._tunes:
                steps.append("post the prompt to a model of the gallery")
        elif base != prompt.tune_id:
            steps.append(f"post the prompt to {base}")
        return " and ".join(steps) or "on this model, mention one tune only"


def mention_of(tune: StoredTune) -> str:
    """What the text of a prompt must contain to show a tune; "" if that is not known, for a new kind of model."""
    try:
        return _model_of(tune).mention()
    except ParameterError:
        return ""


def base_of(tune: StoredTune) -> int | None:
    """The id that a prompt for a tune is posted to; None if the tune has no base of its own (FaceID)."""
    try:
        return drawing_base(_model_of(tune))
    except ParameterError:
        return None


def _model_of(tune: StoredTune) -> Tune:
    """The tune as the SDK has it, which knows what a text must contain."""
    return Tune(
        id=tune.id,
        name=tune.name,
        token=tune.token,
        branch=tune.branch,
        model_type=tune.model_type,
        base_tune_id=tune.base_tune_id,
    )
