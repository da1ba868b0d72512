"""Faults in words, and the file of `mock --faults`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from astria_async.cli._errors import CommandError
from astria_async.cli.mock.fault_file import HELP, InvalidFaultError, Plan, Rule, parse_fault, read_fault_file
from astria_async.testing import (
    FakeAstria,
    Fault,
    delayed,
    drop,
    fail,
    ok,
    processed_later,
    processed_then,
    rate_limited,
    truncated,
)


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        ("ok", ok()),
        ("delayed 2.5", delayed(2.5)),
        ("fail 500", fail(500)),
        ("  fail   422 ", fail(422)),
        ("processed_then 504", processed_then(504)),
        ("processed_later 504 60", processed_later(504, 60)),
        ("rate_limited", rate_limited()),
        ("rate_limited 30", rate_limited(30)),
        ("drop", drop()),
        ("drop processed", drop(processed=True)),
        ("truncated", truncated()),
    ],
)
def test_each_fault_has_words(words: str, fault: Fault) -> None:
    assert parse_fault(words) == fault
    assert words.split()[0] in HELP


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("explode", "'explode' is no fault; there are ok, delayed, fail,"),
        ("", "'' is no fault"),
        ("fail", "'fail' takes 1 number, not 0"),
        ("fail 500 3", "'fail' takes 1 number, not 2"),
        ("fail often", "'fail often' is no fault"),
        ("rate_limited 1 2", "'rate_limited' takes 0 or 1 number, not 2"),
        ("fail 99", "99 is no status"),
        ("fail 500.5", "500.5 is no status"),
        ("delayed nan", "give finite numbers, 0 or more"),
        ("delayed -1", "give finite numbers, 0 or more"),
        ("delayed inf", "give finite numbers, 0 or more"),
    ],
)
def test_what_is_no_fault_says_why(words: str, why: str) -> None:
    with pytest.raises(InvalidFaultError) as caught:
        parse_fault(words)
    assert str(caught.value).startswith(why)


def read(folder: Path, data: object) -> Plan:
    path = folder / "faults.json"
    path.write_text(data if isinstance(data, str) else json.dumps(data), encoding="utf-8")
    return read_fault_file(path)


def test_a_file_says_what_befalls_which_requests(tmp_path: Path) -> None:
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


def test_a_plan_befalls_a_stand_in(tmp_path: Path) -> None:
    fake = FakeAstria()
    read(tmp_path, {"GET /tunes": ["fail 500"], "*": [{"fail": 503, "probability": 1}]}).give(fake)
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
        ("{", "no JSON that can be read: Expecting property name"),
        ("[" * 100_000, "no JSON that can be read: "),
        ('{"* *": ["ok"], "* *": ["ok"]}', "no JSON that can be read: '* *' stands there twice"),
        (["fail 500"], 'give an object: {"POST /tunes": ["fail 500"]}'),
        ({"tunes": ["ok"]}, "\"tunes\": 'tunes' is no pattern"),
        ({"POST /tunes": "ok"}, '"POST /tunes": give a list of faults'),
        ({"POST /tunes": ["ok", "explode"]}, "\"POST /tunes\", entry 2: 'explode' is no fault"),
        ({"*": [5]}, '"*", entry 1: 5 is no fault; write one as text or as an object'),
        ({"*": [{"fail": 500, "drop": None}]}, '"*", entry 1: the object names 2 faults, not one'),
        ({"*": [{"after": 3}]}, '"*", entry 1: the object names 0 faults, not one'),
        ({"*": [{"fail": 500, "often": True}]}, "\"*\", entry 1: the object does not know 'often'"),
        ({"*": [{"fail": "500"}]}, "\"*\", entry 1: fail: '500' is no number"),
        ({"*": [{"fail": True}]}, '"*", entry 1: fail: True is no number'),
        ({"*": [{"fail": 500, "after": -1}]}, '"*", entry 1: give finite numbers, 0 or more'),
        ({"*": [{"fail": 10**400}]}, '"*", entry 1: fail: 1000'),
        ({"*": [{"drop": None, "body": "x"}]}, "\"*\", entry 1: 'drop' takes no body"),
        ({"*": [{"delayed": 3, "after": 1}]}, "\"*\", entry 1: 'delayed' takes no after"),
        ({"*": [{"fail": 500, "probability": 2}]}, '"*", entry 1: probability=2.0 is outside 0 to 1'),
        ({"*": [{"fail": 500, "probability": 1, "seed": "x"}]}, "\"*\", entry 1: seed='x' is no whole number"),
        ({"*": [{"fail": 500, "seed": 1}]}, '"*", entry 1: a seed is for an entry with a probability'),
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
