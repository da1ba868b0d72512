"""What all answers have in common."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import attrs
import pytest

from astria_async import models
from astria_async.models import Prompt, Tune
from astria_async.models._base import Model

MODELS = [kind for kind in vars(models).values() if isinstance(kind, type) and issubclass(kind, Model)]
NEEDED = {"id": 1, "signed_id": "s", "url": "https://x"}


def minimal(kind: type[Model], **fields: Any) -> Model:
    """A model with its required fields only."""
    needed = {spec.name: NEEDED[spec.name] for spec in attrs.fields(kind) if spec.default is attrs.NOTHING}
    return kind(**{**needed, **fields})


@pytest.mark.parametrize("kind", MODELS)
def test_a_model_cannot_be_changed(kind: type[Model]) -> None:
    model = minimal(kind)
    for spec in attrs.fields(kind):
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            setattr(model, spec.name, None)
    with pytest.raises((attrs.exceptions.FrozenInstanceError, AttributeError)):
        model.status = "done"  # type: ignore[attr-defined]


@pytest.mark.parametrize("kind", MODELS)
def test_a_model_can_be_in_a_set_whatever_extra_holds(kind: type[Model]) -> None:
    one, same, other = minimal(kind), minimal(kind), minimal(kind, extra={"new": [{}]})
    assert {one, same} == {one}
    assert {one, other} == {other, one} != {one}


@pytest.mark.parametrize("kind", MODELS)
def test_a_model_can_be_pickled_and_copied(kind: type[Model]) -> None:
    model = minimal(kind, extra={"new": [1]})
    assert pickle.loads(pickle.dumps(model)) == copy.copy(model) == copy.deepcopy(model) == model


@pytest.mark.parametrize("kind", MODELS)
def test_a_models_repr_does_not_show_extra(kind: type[Model]) -> None:
    assert "secret" not in repr(minimal(kind, extra={"new": "secret"}))


LONG = "two\nlines " * 1000


@pytest.mark.parametrize(
    "model",
    [
        Tune(id=10**12, title=LONG, name=LONG, callback=LONG, orig_images=(LONG,)),
        Prompt(id=10**12, text=LONG, negative_prompt=LONG, images=(LONG,) * 8, user_error=LONG),
    ],
    ids=["tune", "prompt"],
)
def test_a_repr_is_one_short_line(model: Model) -> None:
    assert len(repr(model).splitlines()) == 1
    assert len(repr(model)) < 120


def test_extra_is_empty_unless_there_is_something_in_it() -> None:
    assert (Tune(id=1).extra, Prompt(id=1, extra={"a": 1}).extra) == ({}, {"a": 1})
