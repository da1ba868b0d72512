"""The checks. `nox -s quick` is for every change; `nox` is what a change has to pass; `.ci/run` has the others besides.

By hand: `nox -s deep` (long property tests), `nox -s mutants` and `nox -s bench` (measurements). Every number comes from pyproject.toml.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from pathlib import Path

import nox

nox.needs_version = ">=2025.2.9"
nox.options.default_venv_backend = "venv"
nox.options.reuse_existing_virtualenvs = True
nox.options.sessions = ["lint", "typing", "tests"]

PYPROJECT = nox.project.load_toml("pyproject.toml")
PROJECT = PYPROJECT["project"]
PACKAGE = "astria_async"
#: The package with every extra: each transport is tested.
ALL_EXTRAS = f".[{','.join(PROJECT['optional-dependencies'])}]"
#: One process a core, each test file in one of them.
ON_ALL_CORES = ("--numprocesses", "auto", "--dist", "loadfile")
#: Takes as long as all other tests together: for `.ci/run`.
LONG = ("tests/stateful", "tests/faults/test_matrix_on_sockets.py")
SHORT = tuple(f"--ignore={path}" for path in LONG)
#: The file that tries every transport over real connections.
ONE_SOCKET_FILE = "tests/unit/transports/test_every_transport.py"


def group(name: str) -> tuple[str, ...]:
    """The requirements of a dependency group, which pip itself only reads from version 25.1 on."""
    return nox.project.dependency_groups(PYPROJECT, name)


def lower_bounds() -> list[str]:
    """Every requirement of the package and its extras, and what these bring and we import, at exactly its lower bound."""
    own = re.compile(rf"{re.escape(PROJECT['name'])}\[")
    lists = [PROJECT["dependencies"], *PROJECT["optional-dependencies"].values(), group("lowest")]
    return [entry.replace(">=", "==") for entries in lists for entry in entries if not own.match(entry)]


def install(session: nox.Session, *requirements: str) -> None:
    """Install into the session's environment; into a reused one only if pyproject.toml or the version has changed."""
    version = Path(PACKAGE, "_version.py").read_text(encoding="utf-8")
    wanted = hashlib.sha256(repr((requirements, PYPROJECT, version)).encode()).hexdigest()
    done = Path(session.virtualenv.location) / "installed"
    if not done.exists() or done.read_text() != wanted:
        session.install(*requirements)
        done.write_text(wanted)


def in_memory(session: nox.Session) -> None:
    """Everything that needs no socket, and one file that tries each transport over real ones."""
    session.run("pytest", *ON_ALL_CORES, *SHORT, "-m", "not network", *session.posargs)
    session.run("pytest", *ON_ALL_CORES, ONE_SOCKET_FILE)


@nox.session
def quick(session: nox.Session) -> None:
    """Format, style, imports, and the tests that are quick, on asyncio: half a minute. `nox -s quick -- tests/unit/middleware`
    takes the tests of these paths only.
    """
    install(session, *group("lint"), *group("test"), "-e", ALL_EXTRAS)
    session.run("ruff", "format", "--check", ".")
    session.run("ruff", "check", ".")
    session.run("lint-imports")
    folders = ("faults", "stateful", "unit/transports", "contract", "cost")
    paths = session.posargs or (*ON_ALL_CORES, *(f"--ignore=tests/{folder}" for folder in folders))
    marks = "not network and not process and not hypothesis"
    session.run("pytest", "-q", "-m", marks, *paths, env={"ASTRIA_TEST_LOOPS": "asyncio"})


@nox.session
def lint(session: nox.Session) -> None:
    """Format, style, the directions of imports, and the generated module."""
    install(session, *group("lint"), "-e", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("ruff", "check", ".")
    session.run("lint-imports", "--no-cache")
    for generator in ("keywords", "endpoints"):
        session.run("python", f"scripts/generate_{generator}.py", "--check")


@nox.session
def typing(session: nox.Session) -> None:
    """mypy --strict and pyright, on the package and on what users may and may not write; every public type is known."""
    install(session, *group("typing"), "-e", ALL_EXTRAS)
    session.run("mypy")
    quiet = {"PYRIGHT_PYTHON_IGNORE_WARNINGS": "1"}  # it would look for a newer version of itself
    session.run("pyright", env=quiet)
    session.run("pyright", "--verifytypes", PACKAGE, "--ignoreexternal", env=quiet, silent=True)


@nox.session
def packaging(session: nox.Session) -> None:
    """Build both archives; install the wheel alone, import it; then run the demo from it."""
    install(session, *group("packaging"))
    folder = Path(session.create_tmp()).resolve()
    shutil.rmtree(folder)  # what an earlier run left
    session.run("python", "-m", "build", "--outdir", str(folder), silent=True)
    (wheel,) = folder.glob("*.whl")
    session.run("python", "-m", "venv", str(folder / "clean"))
    scripts = folder / "clean" / ("Scripts" if os.name == "nt" else "bin")
    with session.chdir(folder):
        session.run(str(scripts / "pip"), "install", "--quiet", str(wheel), external=True)
        session.run(str(scripts / "python"), "-c", f"import {PACKAGE}; print({PACKAGE}.__version__)", external=True)
        session.run(str(scripts / "pip"), "install", "--quiet", f"{wheel}[cli]", external=True)
        session.run(str(scripts / "astria-async"), "demo", external=True)


@nox.session
def tests(session: nox.Session) -> None:
    """The tests on the newest versions, on both event loops."""
    install(session, *group("test"), "-e", ALL_EXTRAS)
    session.run("pytest", *ON_ALL_CORES, *SHORT, *session.posargs)


@nox.session
def coverage(session: nox.Session) -> None:
    """Branch coverage over all processes, held to a limit. On asyncio alone: measuring takes as long as the tests."""
    install(session, *group("test"), "-e", ALL_EXTRAS)
    session.run("coverage", "erase")
    only_asyncio = {"ASTRIA_TEST_LOOPS": "asyncio"}
    session.run("coverage", "run", "-m", "pytest", "-q", *ON_ALL_CORES, *SHORT, *session.posargs, env=only_asyncio)
    session.run("coverage", "combine", "--quiet")
    session.run("coverage", "report")


@nox.session
def long(session: nox.Session) -> None:
    """What `tests` leaves out: the state machines, and the whole fault matrix over real connections."""
    install(session, *group("test"), "-e", ALL_EXTRAS)
    session.run("pytest", "--numprocesses", "auto", "--dist", "worksteal", *LONG, *session.posargs)


@nox.session
def lowest(session: nox.Session) -> None:
    """The tests again, on the lowest versions that pyproject.toml allows."""
    install(session, *group("test"), "-e", ALL_EXTRAS, *lower_bounds())
    in_memory(session)


@nox.session(python=["3.12", "3.13"])
def newer(session: nox.Session) -> None:
    """The tests again, on newer versions of Python: `.ci/run` takes those that the machine has."""
    install(session, *group("test"), "-e", ALL_EXTRAS)
    in_memory(session)


@nox.session
def deep(session: nox.Session) -> None:
    """Ten times as many examples of every property, and of the state machines: hours on a small machine."""
    install(session, *group("test"), "-e", ALL_EXTRAS)
    many = {"ASTRIA_TEST_EXAMPLES": "2000"}
    patient = ("--numprocesses", "auto", "--dist", "worksteal", "-o", "faulthandler_timeout=3600")
    session.run("pytest", *patient, "tests/stateful", *session.posargs, env=many)
    session.run("pytest", *patient, "-m", "hypothesis", *session.posargs, env=many)


@nox.session
def mutants(session: nox.Session) -> None:
    """How many small changes to the files in which money is decided the tests notice. `nox -s mutants -- retry --every 5`."""
    install(session, *group("test"), "-e", ALL_EXTRAS)
    session.run("python", "-m", "tests.mutants.run", *session.posargs)


@nox.session
def bench(session: nox.Session) -> None:
    """Measurements with limits: what the SDK costs, alone and beside its peers. With arguments, only the latter:
    `nox -s bench -- --write docs/performance.md`, `nox -s bench -- --profile ours-httpx`, `... -- --help`.
    """
    install(session, *group("test"), *group("bench"), "-e", ALL_EXTRAS)
    if not session.posargs:
        for name in ("decode", "bench_streaming", "bench_fake", "bench_callbacks", "bench_own"):
            session.run("python", f"tests/bench/{name}.py")
    session.run("python", "tests/bench/peers/run.py", *session.posargs)
    if not session.posargs:
        session.run("python", "tests/bench/bench_downloads.py")


@nox.session
def browser(session: nox.Session) -> None:
    """The mock's page in Debian's chromium; and curl, requests and Node as its clients. Installs none of these programs."""
    install(session, *group("browser"), "-e", ".[cli]")
    session.run("pytest", "tests/browser", "tests/foreign", *session.posargs)
