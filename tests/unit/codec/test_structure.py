"""The strict converter: nothing is coerced, nulls are missing keys, and unknown keys are kept."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from astria_async import models as all_models
from astria_async._codec.structure import problems_in, to_model
from astria_async.models import Pack, Prompt, Tune
from astria_async.models._base import Model

from .strategies import JSON, models

MODELS = [kind for kind in vars(all_models).values() if isinstance(kind, type) and issubclass(kind, Model)]
#: Fields that a model cannot do without.
VALUES = {"id": 1, "signed_id": "s", "url": "https://x"}
ANY_MODEL = st.one_of(map(models, MODELS))


def problems(data: Any, kind: Any) -> list[str]:
    with pytest.raises(Exception) as caught:
        to_model(data, kind)
    return problems_in(caught.value)


@given(ANY_MODEL)
def test_a_model_survives_the_way_to_json_and_back(model: Model) -> None:
    assert to_model(model.to_dict(), type(model)) == model


@given(ANY_MODEL)
def test_a_model_survives_the_way_to_text_and_back(model: Model) -> None:
    assert to_model(json.loads(json.dumps(model.to_dict())), type(model)) == model


@given(ANY_MODEL)
def test_json_holds_the_services_own_keys_and_none_of_ours(model: Model) -> None:
    plain = model.to_dict()
    assert {name: plain[name] for name in model.extra} == model.extra
    assert ("extra" in plain) is ("extra" in model.extra)


def test_unknown_keys_are_kept_as_they_came() -> None:
    data = {"id": 1, "is_hot": None, "new": {"a": [1, None]}, "extra": {"b": 2}}
    tune = to_model(data, Tune)
    assert tune.extra == {"is_hot": None, "new": {"a": [1, None]}, "extra": {"b": 2}}
    assert tune.to_dict().items() >= data.items()


@pytest.mark.parametrize("kind", MODELS)
def test_nulls_everywhere_are_as_good_as_nothing(kind: type[Model]) -> None:
    required = {spec.name: VALUES[spec.name] for spec in attrs.fields(kind) if spec.default is attrs.NOTHING}
    nulls: dict[str, None] = dict.fromkeys(kind(**required).to_dict())
    assert to_model({**nulls, **required}, kind) == kind(**required)


def test_a_null_is_a_key_that_is_missing() -> None:
    assert to_model({"id": 1, "title": None, "ckpt_urls": None, "cost_mc": None}, Tune) == Tune(id=1)


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("title", 3, "str, got int"),
        ("title", True, "str, got bool"),
        ("title", ["a"], "str, got list"),
        ("title", {}, "str, got dict"),
        ("steps", "3", "int, got str"),
        ("steps", 3.0, "int, got float"),
        ("steps", True, "int, got bool"),
        ("is_api", 1, "bool, got int"),
        ("is_api", "true", "bool, got str"),
        ("trained_at", 1700000000, "ISO-8601 time, got int"),
        ("trained_at", "yesterday", "ISO-8601 time, got 'yesterday'"),
        ("trained_at", "", "ISO-8601 time, got ''"),
        ("trained_at", "9" * 5000, f"ISO-8601 time, got '{'9' * 40}'"),
        ("ckpt_urls", "https://x", "array, got str"),
        ("ckpt_urls", {"0": "https://x"}, "array, got dict"),
    ],
)
def test_nothing_is_coerced(field: str, value: Any, expected: str) -> None:
    assert problems({"id": 1, field: value}, Tune) == [f"{field}: expected {expected}"]


@pytest.mark.parametrize(
    ("costs", "problem"),
    [
        ([], "costs: expected object, got list"),
        ({"woman": 3}, "costs['woman']: expected object, got int"),
        ({"woman": {"cost_mc": "3"}}, "costs['woman'].cost_mc: expected int, got str"),
    ],
)
def test_nothing_is_coerced_within_an_object(costs: Any, problem: str) -> None:
    assert problems({"id": 1, "costs": costs}, Pack) == [problem]


def test_null_within_an_object_is_a_key_that_is_missing() -> None:
    assert to_model({"id": 1, "cost_mc_hash": {"woman": None, "man": 1}}, Pack).cost_mc_hash == {"man": 1}


@pytest.mark.parametrize("value", [True, [], {}, "", "x", "nan", "1e999", 10**400, float("inf"), float("nan")])
def test_what_is_no_finite_number_is_refused(value: Any) -> None:
    (problem,) = problems({"id": 1, "cfg_scale": value}, Prompt)
    assert problem.startswith("cfg_scale: expected number, got ")
    assert len(problem) < 100


@pytest.mark.parametrize(("value", "number"), [("3.0", 3.0), (3, 3.0), (0.5, 0.5), ("-1", -1.0), (10**20, 1e20)])
def test_a_number_may_be_written_as_text(value: Any, number: float) -> None:
    cfg_scale = to_model({"id": 1, "cfg_scale": value}, Prompt).cfg_scale
    assert (cfg_scale, type(cfg_scale)) == (number, float)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-03-01T12:30:00Z", datetime(2026, 3, 1, 12, 30, tzinfo=UTC)),
        ("2026-03-01T12:30:00.123Z", datetime(2026, 3, 1, 12, 30, 0, 123000, tzinfo=UTC)),
        ("2026-03-01T12:30:00+02:00", datetime(2026, 3, 1, 12, 30, tzinfo=timezone(timedelta(hours=2)))),
        ("2026-03-01T12:30:00", datetime(2026, 3, 1, 12, 30, tzinfo=UTC)),
    ],
)
def test_times_are_aware(text: str, moment: datetime) -> None:
    trained_at = to_model({"id": 1, "trained_at": text}, Tune).trained_at
    assert (trained_at, trained_at.utcoffset()) == (moment, moment.utcoffset())


def test_each_wrong_field_is_named_with_its_path() -> None:
    data = [{"id": 1, "images": ["a", 2, None]}, {"text": 3, "images": "a"}, 4]
    assert problems(data, list[Prompt]) == [
        "[0].images[1]: expected str, got int",
        "[0].images[2]: expected str, got null",
        "[1].id: required, but missing",
        "[1].text: expected str, got int",
        "[1].images: expected array, got str",
        "[2]: expected object, got int",
    ]


@pytest.mark.parametrize("data", [None, 1, "x", [], True])
def test_a_body_that_is_no_object_is_no_tune(data: Any) -> None:
    what = "null" if data is None else type(data).__name__
    assert problems(data, Tune) == [f"the body: expected object, got {what}"]


def test_an_object_is_no_list() -> None:
    assert problems({"id": 1}, list[Tune]) == ["the body: expected array, got dict"]


def test_an_id_that_is_null_is_missing() -> None:
    assert problems({"id": None}, Tune) == ["id: required, but missing"]


@given(JSON, st.sampled_from([*MODELS, list[Tune], list[Prompt]]))
def test_any_json_is_a_model_or_has_its_problems_named(data: Any, kind: Any) -> None:
    try:
        to_model(data, kind)
    except Exception as error:  # noqa: BLE001 -- whatever it is, it must be explained
        for problem in problems_in(error):
            path, _, what = problem.partition(": ")
            assert path
            assert what.startswith(("expected ", "required, but missing"))
