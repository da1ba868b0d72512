"""The file of `mock --faults`: what goes wrong, as JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import frozen

from ...testing import Fault
from ...testing.faults import Faults
from .._errors import CommandError
from .._exit_codes import MISUSED
from .fault_words import NAMES, InvalidFaultError, make_fault, parse_fault

if TYPE_CHECKING:
    from ...testing import FakeAstria

#: What `mock --help` says about the file.
HELP = """\
The file of --faults is JSON. For each pattern of requests it has a list of
faults:

  {"POST /tunes": ["processed_then 504", "ok", "drop"],
   "GET /tunes/:id": [{"fail": 500, "after": 2, "body": {"error": "oops"}}],
   "*": [{"fail": 500, "probability": 0.1, "seed": 7}]}

The first request that matches gets the first fault, the second one the second;
after the last fault everything works. A fault with a probability never ends: it
hits a matching request with this probability, unless another fault did. A
pattern is "METHOD /path"; ":id" is any one part, and "*" is anything. "*" alone
is every request. The faults:

  ok                              no fault: the usual answer
  delayed SECONDS                 the usual answer, later
  fail STATUS                     this status; nothing was done
  processed_then STATUS           this status, although it was done
  processed_later STATUS SECONDS  this status; it is done so many seconds later
  rate_limited [SECONDS]          429; with SECONDS, a Retry-After header
  drop                            the connection ends; nothing was done
  drop processed                  the connection ends, although it was done
  truncated                       it was done; half of the answer arrives

A fault can be an object: {"fail": 500}, {"processed_later": [504, 60]},
{"truncated": []}. It may have "after" (seconds until the answer comes) and, for
fail and processed_then, "body".
"""


@frozen
class Rule:
    """A fault that never ends."""

    fault: Fault
    probability: float
    seed: int


@frozen
class Plan:
    """The contents of a file: for each pattern its faults in their order, and the rules."""

    scripts: tuple[tuple[str, tuple[Fault, ...]], ...] = ()
    rules: tuple[tuple[str, Rule], ...] = ()

    def apply(self, fake: FakeAstria) -> None:
        """Give all of it to a fake."""
        for pattern, faults in self.scripts:
            fake.script(pattern, *faults)
        for pattern, rule in self.rules:
            fake.rule(pattern, rule.fault, probability=rule.probability, seed=rule.seed)


def read_fault_file(path: Path) -> Plan:
    """Read a file of faults. Raises CommandError, which names the entry that is wrong."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=_without_duplicates)
    except OSError as error:
        raise CommandError(f"--faults {path}: {error.strerror}", MISUSED) from None
    except (ValueError, RecursionError) as error:
        raise CommandError(f"--faults {path}: not valid JSON: {error}", MISUSED) from None
    if not isinstance(data, dict):
        raise CommandError(f'--faults {path}: must be an object, such as {{"POST /tunes": ["fail 500"]}}', MISUSED)
    scripts, rules = [], []
    for name, entries in data.items():
        place = json.dumps(name)
        pattern = "* *" if name.strip() == "*" else name
        try:
            Faults().script(pattern)  # raises ValueError if it is not a pattern
            if not isinstance(entries, list):
                raise InvalidFaultError('must be a list of faults, such as ["fail 500"]')
            faults = []
            for number, entry in enumerate(entries, 1):
                place = f"{json.dumps(name)}, entry {number}"
                faults.append(_read_entry(entry))
        except ValueError as error:
            raise CommandError(f"--faults {path}: {place}: {error}", MISUSED) from None
        scripts.append((pattern, tuple(fault for fault in faults if isinstance(fault, Fault))))
        rules += [(pattern, rule) for rule in faults if isinstance(rule, Rule)]
    return Plan(tuple(scripts), tuple(rules))


def _read_entry(entry: object) -> Fault | Rule:
    """An entry of the file. Raises InvalidFaultError."""
    if isinstance(entry, str):
        return parse_fault(entry)
    if not isinstance(entry, dict):
        raise InvalidFaultError(f"{entry!r} is not a fault; give a text or an object")
    names = [name for name in entry if name in NAMES]
    unknown = entry.keys() - {*NAMES, "after", "body", "probability", "seed"}
    if unknown:
        raise InvalidFaultError(f"unknown key {min(unknown)!r}")
    if len(names) != 1:
        raise InvalidFaultError(f"the object names {len(names)} faults; give exactly one of {', '.join(NAMES)}")
    value = entry[names[0]]
    values = [] if value is None else value if isinstance(value, list) else [value]
    numbers = [_number(number, names[0]) for number in values]
    options: dict[str, Any] = {"body": entry["body"]} if "body" in entry else {}
    if "after" in entry:
        options["after"] = _number(entry["after"], "after")
    fault = make_fault(names[0], numbers, options)
    if "probability" not in entry:
        if "seed" in entry:
            raise InvalidFaultError("a seed needs a probability")
        return fault
    probability, seed = _number(entry["probability"], "probability"), entry.get("seed", 0)
    if not 0 <= probability <= 1:
        raise InvalidFaultError(f"probability={probability!r} is not from 0 to 1")
    if type(seed) is not int:
        raise InvalidFaultError(f"seed={seed!r} is not a whole number")
    return Rule(fault, probability, seed)


def _number(value: object, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not -1e12 < value < 1e12:
        raise InvalidFaultError(f"{name}: {value!r} is not a number")
    return float(value)


def _without_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    data = dict(pairs)
    if len(data) < len(pairs):
        names = [name for name, _ in pairs]
        raise InvalidFaultError(f"the key {next(name for name in names if names.count(name) > 1)!r} occurs twice")
    return data
