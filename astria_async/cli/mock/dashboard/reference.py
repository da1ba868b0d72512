"""Whom a prompt's images show, in words: a wrong reference is seen here, before it is paid for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from attrs import frozen

from ....errors import ParameterError
from ....models import Tune
from ....models.families import drawing_base

if TYPE_CHECKING:
    from ....testing import StoredPrompt, StoredTune

_MENTION = re.compile(r"<(?:lora|faceid):(\d{1,18}):", re.ASCII | re.IGNORECASE)


@frozen
class Shown:
    """What is said about a prompt's images: the tunes that they show, and what is wrong with its references.

    `problems` is empty if every tune that the prompt means is there.
    """

    tune_ids: tuple[int, ...]
    problems: tuple[str, ...]

    @property
    def words(self) -> str:
        """Whom the images show, in a few words."""
        if not self.tune_ids:
            return "shows nobody" if self.problems else "shows nobody: its text mentions no tune"
        noun = "tune" if len(self.tune_ids) == 1 else "tunes"
        return f"shows {noun} {' and '.join(map(str, self.tune_ids))}"


def look_at(prompt: StoredPrompt, tunes: Mapping[int, StoredTune]) -> Shown:
    """Whom the images of a prompt show, and how to write what the prompt means but does not say. `tunes` are by id."""
    return Shown(prompt.persons, tuple(_problems(prompt, tunes)))


def mention_of(tune: StoredTune) -> str:
    """What the text of a prompt must contain to show a tune."""
    return _model_of(tune).mention()


def base_of(tune: StoredTune) -> int | None:
    """The id that a prompt for a tune is posted to; None if the tune has no base of its own (FaceID)."""
    try:
        return drawing_base(_model_of(tune))
    except ParameterError:
        return None


def _problems(prompt: StoredPrompt, tunes: Mapping[int, StoredTune]) -> Iterator[str]:
    text = str(prompt.text or "")
    meant = dict.fromkeys(int(number) for number in _MENTION.findall(text))
    if prompt.tune_id in tunes:
        meant[prompt.tune_id] = None
    for tune_id in meant:
        tune = tunes.get(tune_id)
        if tune is None or tune.key != prompt.key:
            yield f"There is no tune {tune_id} that this key may use."
        elif tune_id not in prompt.persons:
            yield f"Tune {tune_id} is not in the images: {_remedy(tune, prompt, text)}."


def _remedy(tune: StoredTune, prompt: StoredPrompt, text: str) -> str:
    mention, base, steps = mention_of(tune), base_of(tune), list[str]()
    if mention not in text:
        steps.append(f"write {mention} in the text")
    if base is None:
        steps.append("post the prompt to a model of the gallery")
    elif base != prompt.tune_id:
        steps.append(f"post the prompt to {base}")
    return " and ".join(steps) or "with this base, mention one tune only"


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
