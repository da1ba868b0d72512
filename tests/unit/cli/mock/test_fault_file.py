"""The file of `mock --faults`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from astria_async.cli._errors import CommandError
from astria_async.cli.mock.fault_file import HELP, Plan, Rule, read_fault_file
from astria_async.testing import (
    FakeAstria,
    drop,
    fail,
    ok,
    processed_later,
    processed_then,
    rate_limited,
    truncated,
)


def read(folder: Path, data: object) -> Plan:
    path = folder / "faults.json"
    path.write_text(data if isinstance(data, str) else json.dumps(data), encoding="utf-8")
    return read_fault_file(path)


def test_a_file_says_which_requests_meet_which_faults(tmp_path: Path) -> None:
    plan = read(
        tmp_path,
        {
            "POST /tunes": ["processed_then 504", "ok", {"fail": 500, "after": 2, "body": {"error": "oops"}}],
            "GET *": [{"processed_later": [504, 60]}, {"truncated": []}, {"drop": None}, {"rate_limited": 5}],
            "*": [{"fail": 500, "probability": 0.1, "seed": 7}, {"drop processed": None, "probability": 1}],
        },
    )
    slow = fail(500, {"error": "oops"}, after=2)
    assert plan.scripts == (
        ("POST /tunes", (processed_then(504), ok(), slow)),
        ("GET *", (processed_later(504, 60), truncated(), drop(), rate_limited(5))),
        ("* *", ()),
    )
    assert plan.rules == (("* *", Rule(fail(500), 0.1, 7)), ("* *", Rule(drop(processed=True), 1.0, 0)))


def test_a_plan_is_applied_to_a_fake(tmp_path: Path) -> None:
    fake = FakeAstria()
    read(tmp_path, {"GET /tunes": ["fail 500"], "*": [{"fail": 503, "probability": 1}]}).apply(fake)
    assert fake.faults_left == {"GET /tunes": [fail(500)]}
    fake.clear_faults()
    assert not fake.faults_left


def test_the_example_in_the_help_can_be_read(tmp_path: Path) -> None:
    example = HELP.partition("{")[2].partition("}\n\n")[0]
    plan = read(tmp_path, "{" + example + "}")
    assert [pattern for pattern, _ in plan.scripts] == ["POST /tunes", "GET /tunes/:id", "* *"]
    assert len(plan.rules) == 1


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ("{", "not valid JSON: Expecting property name"),
        ("[" * 100_000, "not valid JSON: "),
        ('{"* *": ["ok"], "* *": ["ok"]}', "not valid JSON: the key '* *' occurs twice"),
        (["fail 500"], 'must be an object, such as {"POST /tunes": ["fail 500"]}'),
        ({"tunes": ["ok"]}, "\"tunes\": 'tunes' is not a pattern"),
        ({"POST /tunes": "ok"}, '"POST /tunes": must be a list of faults, such as ["fail 500"]'),
        ({"POST /tunes": ["ok", "explode"]}, "\"POST /tunes\", entry 2: 'explode' is not a fault"),
        ({"*": [5]}, '"*", entry 1: 5 is not a fault; give a text or an object'),
        ({"*": [{"fail": 500, "drop": None}]}, '"*", entry 1: the object names 2 faults; give exactly one of'),
        ({"*": [{"after": 3}]}, '"*", entry 1: the object names 0 faults; give exactly one of'),
        ({"*": [{"fail": 500, "often": True}]}, "\"*\", entry 1: unknown key 'often'"),
        ({"*": [{"fail": "500"}]}, "\"*\", entry 1: fail: '500' is not a number"),
        ({"*": [{"fail": True}]}, '"*", entry 1: fail: True is not a number'),
        ({"*": [{"fail": 500, "after": -1}]}, '"*", entry 1: give finite numbers, 0 or more'),
        ({"*": [{"fail": 10**400}]}, '"*", entry 1: fail: 1000'),
        ({"*": [{"drop": None, "body": "x"}]}, "\"*\", entry 1: 'drop' does not take 'body'"),
        (
            {"*": [{"delayed": 3, "after": 1}]},
            "\"*\", entry 1: 'delayed' does not take 'after'; its number is the delay",
        ),
        ({"*": [{"fail": 500, "probability": 2}]}, '"*", entry 1: probability=2.0 is not from 0 to 1'),
        ({"*": [{"fail": 500, "probability": 1, "seed": "x"}]}, "\"*\", entry 1: seed='x' is not a whole number"),
        ({"*": [{"fail": 500, "seed": 1}]}, '"*", entry 1: a seed needs a probability'),
    ],
)
def test_a_file_that_is_wrong_names_the_entry(tmp_path: Path, data: Any, why: str) -> None:
    with pytest.raises(CommandError) as caught:
        read(tmp_path, data)
    assert str(caught.value).startswith(f"--faults {tmp_path}/faults.json: {why}")
    assert caught.value.code == 2


def test_a_file_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"^--faults .*none\.json: No such file or directory$"):
        read_fault_file(tmp_path / "none.json")
