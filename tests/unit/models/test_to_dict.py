"""Answers as JSON: `to_dict` gives JSON types only, under the service's names."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

from astria_async.models import Catalog, ImageModel, Order, Pack, PackCost, PackRun, Payer, Prompt, Tune, User

MOMENT = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)


def test_times_are_iso_text_and_tuples_are_lists() -> None:
    plain = Tune(id=1, trained_at=MOMENT, created_at=MOMENT.astimezone(timezone(timedelta(hours=2)))).to_dict()
    assert (plain["trained_at"], plain["created_at"]) == ("2026-03-01T12:30:00+00:00", "2026-03-01T14:30:00+02:00")
    assert Prompt(id=1, images=("a", "b")).to_dict()["images"] == ["a", "b"]
    assert datetime.fromisoformat(plain["trained_at"]) == MOMENT


def test_unknown_keys_stand_among_the_others() -> None:
    plain = Prompt(id=1, extra={"new": {"a": (1, Decimal("1.50"))}}).to_dict()
    assert plain["new"] == {"a": [1, "1.50"]}
    assert "extra" not in plain


def test_a_key_has_the_services_name() -> None:
    assert User(id=1, payer=Payer(is_self=True)).to_dict()["payer"]["self"] is True


def test_models_within_models_are_objects() -> None:
    run = PackRun(tune=Tune(id=1), order=Order(id=2, tune_ids=(3,))).to_dict()
    assert (run["tune"]["id"], run["order"]["tune_ids"]) == (1, [3])
    assert PackCost(raw_cost=3.5).to_dict()["cost"] == 3.5
    assert Pack(id=1, costs={"man": PackCost(cost_mc=5)}).to_dict()["costs"]["man"]["cost_mc"] == 5
    assert Catalog(models={"flux": ImageModel(tune_id=1)}).to_dict()["models"]["flux"]["tune_id"] == 1


def test_it_is_what_json_takes() -> None:
    prompt = Prompt(id=1, text="é", created_at=MOMENT, extra={"at": MOMENT, "none": None, "yes": True})
    assert json.loads(json.dumps(prompt.to_dict())) == prompt.to_dict()


def test_a_number_that_json_has_not_is_none() -> None:
    assert json.dumps(Prompt(id=1, extra={"score": float("nan")}).to_dict(), allow_nan=False)
