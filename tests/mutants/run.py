"""How many small changes to the files in which money is decided the tests notice. `nox -s mutants`, by hand.

    python -m tests.mutants.run                     # every mutant of every file; a long while
    python -m tests.mutants.run retry policy        # those of these files
    python -m tests.mutants.run --every 5           # each fifth mutant
    python -m tests.mutants.run --write             # writes the survivors of these files anew, beside their reasons

pytest collects the tests once. Each mutant is a fork of that process, in which the code of one function is replaced, and
the tests that enter the function run, the quickest first, until one of them fails. It counts as killed if a test fails,
or if it takes more than its time. Exit status 1: a file is below `LEAST`, or a survivor has no reason.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import inspect
import json
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FrameType, FunctionType, ModuleType
from typing import Any

import pytest
from attrs import define, field

from .mutations import Mutant, mutants_of

FILES: dict[str, tuple[str, ...]] = {
    "retry": ("middleware.retry",),
    "policy": ("middleware.policy",),
    "look-up": (
        "middleware.recovery.known_list", "middleware.recovery.lookup", "middleware.recovery.lost_creates",
        "middleware.recovery.own_objects",
    ),
    "limits": ("middleware.limits", "middleware._adaptive_limit", "middleware._limit_estimate"),
    "structure": ("_codec.structure",),
}  # fmt: skip
#: Tests in memory that can notice; the state machines, sockets and processes would take hours.
TESTS = (
    "tests/unit/middleware", "tests/unit/resources", "tests/unit/codec", "tests/unit/waiting", "tests/unit/models",
    "tests/scenarios", "tests/faults/test_matrix.py", "tests/faults/test_found_by_the_matrix.py",
)  # fmt: skip
MARKS = "not network and not process"
#: The share of mutants that has to be killed in each file.
LEAST = 0.85
#: Seconds for the tests of one mutant; beyond that it has survived what was tried, or hangs.
TRIED, HANGS = 20.0, 60
SURVIVORS = Path(__file__).with_name("survivors.json")


@define
class Score:
    """What became of the mutants of one file."""

    killed: int = 0
    survived: list[str] = field(factory=list)

    @property
    def share(self) -> float:
        return self.killed / max(1, self.killed + len(self.survived))


def code_of(module: ModuleType, tree: Any, function: str) -> CodeType:
    """The code of a function in a changed module."""
    found: CodeType = compile(tree, module.__file__ or "?", "exec")
    for name in function.split("."):
        found = next(const for const in found.co_consts if isinstance(const, CodeType) and const.co_name == name)
    return found


def function_at(module: ModuleType, path: str) -> FunctionType | None:
    """The function itself, inside what wraps it."""
    value: Any = module
    for name in path.split("."):
        value = inspect.getattr_static(value, name)
    for attribute in ("fget", "__func__", "__wrapped__"):
        value = getattr(value, attribute, value)
    return value if isinstance(value, FunctionType) else None


class Entered:
    """The functions that each test enters, by file and qualified name, and how long it takes."""

    def __init__(self, files: set[str]) -> None:
        self._files = files
        self.by_test: dict[str, tuple[float, list[str]]] = {}

    def run(self, item: pytest.Item, following: pytest.Item | None) -> None:
        seen: set[str] = set()

        def note(frame: FrameType, event: str, _: object) -> None:
            code = frame.f_code
            if event == "call" and code.co_filename in self._files:
                seen.add(f"{code.co_filename}::{code.co_qualname}")

        began = time.perf_counter()
        sys.setprofile(note)
        try:
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        finally:
            sys.setprofile(None)
        self.by_test[item.nodeid] = (time.perf_counter() - began, sorted(seen))


class Mutants:
    """A plugin of pytest that runs the collected tests once for each mutant."""

    def __init__(self, names: list[str], every: int) -> None:
        self.names, self.every = names, every
        self.scores: dict[str, Score] = {}

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        modules = {name: [importlib.import_module(f"astria_async.{one}") for one in FILES[name]] for name in self.names}
        files = {str(module.__file__) for group in modules.values() for module in group}
        by_test = self._in_a_fork(session, files)
        for name, group in modules.items():
            score = self.scores[name] = Score()
            running: dict[int, tuple[str, Mutant]] = {}
            chosen = [(module, mutant) for module in group for mutant in mutants_of(inspect.getsource(module))]
            for module, mutant in chosen[:: self.every]:
                target = function_at(module, mutant.function)
                if target is None:
                    continue
                key = f"{module.__file__}::{target.__code__.co_qualname}"
                items = [item for item in session.items if key in by_test.get(item.nodeid, (0.0, list[str]()))[1]]
                items.sort(key=lambda item: by_test[item.nodeid][0])
                if len(running) >= (os.cpu_count() or 1):
                    self._reap(running, score)
                pid = os.fork()
                if not pid:
                    self._try(session, items, module, mutant, target)
                running[pid] = (module.__name__.partition(".")[2], mutant)
            while running:
                self._reap(running, score)
            print(f"\n{name}: {score.killed} killed, {len(score.survived)} survived, {score.share:.1%}", flush=True)
        return True

    def _in_a_fork(self, session: pytest.Session, files: set[str]) -> dict[str, tuple[float, list[str]]]:
        """What each test enters: found out in a process of its own, so that this one stays as it is."""
        reader, writer = os.pipe()
        if not os.fork():
            _be_quiet(session)
            entered = Entered(files)
            for item, following in _in_pairs(session.items):
                failed = session.testsfailed
                entered.run(item, following)
                if session.testsfailed > failed:  # a profile function was in its way: it would kill every mutant
                    del entered.by_test[item.nodeid]
            with os.fdopen(writer, "w") as stream:
                json.dump(entered.by_test, stream)
            os._exit(0)
        os.close(writer)
        with os.fdopen(reader) as stream:
            found: dict[str, tuple[float, list[str]]] = json.load(stream)
        os.wait()
        return found

    def _try(
        self,
        session: pytest.Session,
        items: list[pytest.Item],
        module: ModuleType,
        mutant: Mutant,
        target: FunctionType,
    ) -> None:
        """In a fork: exit 1 if a test fails, 0 if none does."""
        signal.alarm(HANGS)
        _be_quiet(session)
        _replace(target.__code__, code_of(module, mutant.tree, mutant.function))
        began = time.perf_counter()
        for item, following in _in_pairs(items):
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if session.testsfailed:
                os._exit(1)
            if time.perf_counter() - began > TRIED:
                break
        os._exit(0)

    def _reap(self, running: dict[int, tuple[str, Mutant]], score: Score) -> None:
        pid, status = os.wait()
        where, mutant = running.pop(pid)
        if status:
            score.killed += 1
        else:
            score.survived.append(f"{where} {mutant}")


def _replace(old: CodeType, new: CodeType) -> None:
    """Give every function that has the old code the new one, and those that it has made theirs."""
    for function in gc.get_referrers(old):
        if isinstance(function, FunctionType):
            function.__code__ = new
    before, after = ([const for const in code.co_consts if isinstance(const, CodeType)] for code in (old, new))
    for inner, changed in zip(before, after, strict=False):
        if inner.co_name == changed.co_name and inner.co_freevars == changed.co_freevars:
            _replace(inner, changed)


def _in_pairs(items: list[pytest.Item]) -> Iterator[tuple[pytest.Item, pytest.Item | None]]:
    return zip(items, [*items[1:], None], strict=True)


def _be_quiet(session: pytest.Session) -> None:
    """A fork prints nothing."""
    plugins = session.config.pluginmanager
    plugins.unregister(plugins.getplugin("terminalreporter"))
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.dup2(null, 2)


def without_line(survivor: str) -> str:
    """A survivor's name that stays the same when lines move."""
    where, _, rest = survivor.partition(" ")
    return f"{where} {rest.partition(': ')[2]}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", default=[*FILES], help="of " + ", ".join(FILES))
    parser.add_argument("--every", type=int, default=1, help="take each Nth mutant")
    parser.add_argument("--write", action="store_true", help="write survivors.json anew")
    options = parser.parse_args()
    plugin = Mutants(options.names, options.every)
    pytest.main(["-q", "-p", "no:randomly", "-p", "no:xdist", "-m", MARKS, *TESTS], plugins=[plugin])
    reasons: dict[str, str] = json.loads(SURVIVORS.read_text(encoding="utf-8")) if SURVIVORS.exists() else {}
    unexplained = [
        survivor
        for score in plugin.scores.values()
        for survivor in score.survived
        if not reasons.get(without_line(survivor))
    ]
    for name, score in plugin.scores.items():
        print(f"{name:10} {score.killed:5} killed {len(score.survived):4} survived {score.share:7.1%}")
    print("\nSurvivors without a reason:", *unexplained, sep="\n  ")
    if options.write:
        for survivor in unexplained:
            reasons.setdefault(without_line(survivor), "")
        SURVIVORS.write_text(json.dumps(dict(sorted(reasons.items())), indent=1) + "\n", encoding="utf-8")
    return 1 if unexplained or any(score.share < LEAST for score in plugin.scores.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
