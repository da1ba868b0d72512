"""Faults in words, as the page's buttons and the file of `mock --faults` name them."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from attrs import frozen

from ..testing._server.patterns import check_pattern
from ..testing.faults import (
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
from ._errors import MISUSED, CommandError

if TYPE_CHECKING:
    from ..testing import FakeAstria

#: What `mock --help` says of the file.
HELP = """\
The file of --faults is JSON: for each pattern of requests a list of what goes
wrong.

  {"POST /tunes": ["processed_then 504", "ok", "drop"],
   "GET /tunes/:id": [{"fail": 500, "after": 2, "body": {"error": "oops"}}],
   "*": [{"fail": 500, "probability": 0.1, "seed": 7}]}

The first request that matches meets the first entry, the next one the second;
then all is well. An entry with a probability does not run out: it befalls each
matching request that no other entry did. A pattern is "METHOD /path", ":id"
being any one part and "*" anything; "*" alone is every request. The faults:

  ok                              none: the usual answer
  delayed SECONDS                 the usual answer, later
  fail STATUS                     this status, and nothing done
  processed_then STATUS           this status, though it was done
  processed_later STATUS SECONDS  this status; it is done only so much later
  rate_limited [SECONDS]          429; with SECONDS, a Retry-After
  drop                            the connection ends, and nothing was done
  drop processed                  the connection ends, though it was done
  truncated                       it is done, and half of the answer arrives

As an object: {"fail": 500}, {"processed_later": [504, 60]}, {"truncated": []},
with "after" (seconds before the answer comes) and, for fail and processed_then,
"body".
"""

_Arguments: TypeAlias = list[float]
_Options: TypeAlias = dict[str, Any]


def _status(number: float) -> int:
    if number != int(number):
        raise NoFault(f"{number!r} is no status of an answer")
    return int(number)


#: (numbers at least, at most, takes a body, how to make it) by name.
_KINDS: Mapping[str, tuple[int, int, bool, Callable[[_Arguments, _Options], Fault]]] = {
    "ok": (0, 0, False, lambda _, options: ok(**options)),
    "delayed": (1, 1, False, lambda numbers, _: delayed(numbers[0])),
    "fail": (1, 1, True, lambda numbers, options: fail(_status(numbers[0]), **options)),
    "processed_then": (1, 1, True, lambda numbers, options: processed_then(_status(numbers[0]), **options)),
    "processed_later": (2, 2, False, lambda numbers, options: processed_later(_status(numbers[0]), numbers[1], **options)),
    "rate_limited": (0, 1, False, lambda numbers, options: rate_limited(*numbers, **options)),
    "drop": (0, 0, False, lambda _, options: drop(**options)),
    "drop processed": (0, 0, False, lambda _, options: drop(processed=True, **options)),
    "truncated": (0, 0, False, lambda _, options: truncated(**options)),
}  # fmt: skip


class NoFault(ValueError):
    """What stands there names no fault; says why."""


@frozen
class Rule:
    """A fault that does not run out."""

    fault: Fault
    probability: float
    seed: int


def fault_of(words: str) -> Fault:
    """The fault that some words name: "fail 500", "drop processed". Raises NoFault, which says why it does not."""
    name, numbers = words.strip(), list[float]()
    while name not in _KINDS and " " in name:
        rest, _, last = name.rpartition(" ")
        try:
            numbers.insert(0, float(last))
        except ValueError:
            break
        name = rest.rstrip()
    if name not in _KINDS:
        raise NoFault(f"{words!r} is no fault; there are {', '.join(_KINDS)}")
    return _made(name, numbers, {})


def _made(name: str, numbers: _Arguments, options: _Options) -> Fault:
    least, most, takes_body, make = _KINDS[name]
    if not least <= len(numbers) <= most:
        count = f"{least}" if least == most else f"{least} or {most}"
        raise NoFault(f"{name!r} takes {count} number{'' if most == 1 else 's'}, not {len(numbers)}")
    if "body" in options and not takes_body:
        raise NoFault(f"{name!r} takes no body")
    if "after" in options and name == "delayed":
        raise NoFault("'delayed' takes no after: its number is one")
    if any(not math.isfinite(number) or number < 0 for number in [*numbers, options.get("after", 0.0)]):
        raise NoFault("give finite numbers, 0 or more")
    try:
        return make(numbers, options)
    except ValueError as error:  # a status that is none
        problem = str(error)
    raise NoFault(problem)


def _entry(entry: object) -> Fault | Rule:
    """An entry of the file. Raises NoFault."""
    if isinstance(entry, str):
        return fault_of(entry)
    if not isinstance(entry, dict):
        raise NoFault(f"{entry!r} is no fault; write one as text or as an object")
    names = [name for name in entry if name in _KINDS]
    others = entry.keys() - _KINDS.keys() - {"after", "body", "probability", "seed"}
    if len(names) != 1 or others:
        what = f"does not know {min(others)!r}" if others else f"names {len(names)} faults, not one"
        raise NoFault(f"the object {what}")
    numbers = [] if entry[names[0]] is None else entry[names[0]]
    numbers = [_number(number, names[0]) for number in (numbers if isinstance(numbers, list) else [numbers])]
    options: _Options = {"body": entry["body"]} if "body" in entry else {}
    if "after" in entry:
        options["after"] = _number(entry["after"], "after")
    fault = _made(names[0], numbers, options)
    if "probability" not in entry:
        if "seed" in entry:
            raise NoFault("a seed is for an entry with a probability")
        return fault
    probability, seed = _number(entry["probability"], "probability"), entry.get("seed", 0)
    if not 0 <= probability <= 1:
        raise NoFault(f"probability={probability!r} is outside 0 to 1")
    if type(seed) is not int:
        raise NoFault(f"seed={seed!r} is no whole number")
    return Rule(fault, probability, seed)


def _number(value: object, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not -1e12 < value < 1e12:
        raise NoFault(f"{name}: {value!r} is no number")
    return float(value)


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise NoFault(f"{next(name for name in names if names.count(name) > 1)!r} stands there twice")
    return found


@frozen
class Plan:
    """What a file of faults says: for each pattern those that come in turn, and those that do not run out."""

    scripts: tuple[tuple[str, tuple[Fault, ...]], ...] = ()
    rules: tuple[tuple[str, Rule], ...] = ()

    def give(self, fake: FakeAstria) -> None:
        """Let it befall the stand-in."""
        for pattern, faults in self.scripts:
            fake.script(pattern, *faults)
        for pattern, rule in self.rules:
            fake.rule(pattern, rule.fault, probability=rule.probability, seed=rule.seed)


def plan_in(path: Path) -> Plan:
    """Read a file of faults. Raises CommandError, which names the entry that is wrong."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=_once)
    except OSError as error:
        raise CommandError(f"--faults {path}: {error.strerror}", MISUSED) from None
    except (ValueError, RecursionError) as error:
        raise CommandError(f"--faults {path}: no JSON that can be read: {error}", MISUSED) from None
    if not isinstance(data, dict):
        raise CommandError(f'--faults {path}: give an object: {{"POST /tunes": ["fail 500"]}}', MISUSED)
    scripts, rules = [], []
    for pattern, entries in data.items():
        where = json.dumps(pattern)
        whole = "* *" if pattern.strip() == "*" else pattern
        try:
            check_pattern(whole)
            if not isinstance(entries, list):
                raise NoFault("give a list of faults")
            found = []
            for number, entry in enumerate(entries, 1):
                where = f"{json.dumps(pattern)}, entry {number}"
                found.append(_entry(entry))
        except ValueError as error:
            raise CommandError(f"--faults {path}: {where}: {error}", MISUSED) from None
        scripts.append((whole, tuple(one for one in found if isinstance(one, Fault))))
        rules += [(whole, one) for one in found if isinstance(one, Rule)]
    return Plan(tuple(scripts), tuple(rules))
