"""The checks: `nox` runs the default ones, `nox -s bench` measures. Every number comes from pyproject.toml."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import nox

nox.needs_version = ">=2025.2.9"
nox.options.default_venv_backend = "venv"
nox.options.sessions = ["lint", "typing", "packaging", "lowest", "tests"]

PYPROJECT = nox.project.load_toml("pyproject.toml")
PROJECT = PYPROJECT["project"]
PACKAGE = "astria_async"
#: The package with every extra: each transport is tested.
ALL_EXTRAS = f".[{','.join(PROJECT['optional-dependencies'])}]"
#: One process a core, each test file in one of them.
ON_ALL_CORES = ("--numprocesses", "auto", "--dist", "loadfile")


def group(name: str) -> tuple[str, ...]:
    """The requirements of a dependency group, which pip itself only reads from version 25.1 on."""
    return nox.project.dependency_groups(PYPROJECT, name)


def lower_bounds() -> list[str]:
    """Every requirement of the package and its extras, at exactly its lower bound."""
    own = re.compile(rf"{re.escape(PROJECT['name'])}\[")
    lists = [PROJECT["dependencies"], *PROJECT["optional-dependencies"].values()]
    return [entry.replace(">=", "==") for entries in lists for entry in entries if not own.match(entry)]


@nox.session
def lint(session: nox.Session) -> None:
    """Format, style, the directions of imports, and the generated module."""
    session.install(*group("lint"), "-e", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("ruff", "check", ".")
    session.run("lint-imports", "--no-cache")
    for generator in ("keywords", "endpoints"):
        session.run("python", f"scripts/generate_{generator}.py", "--check")


@nox.session
def typing(session: nox.Session) -> None:
    """mypy --strict and pyright, on the package and on what users may and may not write; every public type is known."""
    session.install(*group("typing"), "-e", ALL_EXTRAS)
    session.run("mypy")
    quiet = {"PYRIGHT_PYTHON_IGNORE_WARNINGS": "1"}  # it would look for a newer version of itself
    session.run("pyright", env=quiet)
    session.run("pyright", "--verifytypes", PACKAGE, "--ignoreexternal", env=quiet, silent=True)


@nox.session
def packaging(session: nox.Session) -> None:
    """Build both archives; install the wheel alone, import it; then run the demo from it."""
    session.install(*group("packaging"))
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
def lowest(session: nox.Session) -> None:
    """The tests again, on the lowest versions that pyproject.toml allows."""
    session.install(*group("test"), "-e", ALL_EXTRAS, *lower_bounds())
    session.run("pytest", *ON_ALL_CORES, *session.posargs)


@nox.session
def tests(session: nox.Session) -> None:
    """The tests on the newest versions, with branch coverage over both event loops and all processes."""
    session.install(*group("test"), "-e", ALL_EXTRAS)
    session.run("coverage", "erase")
    session.run("coverage", "run", "-m", "pytest", *ON_ALL_CORES, *session.posargs)
    session.run("coverage", "combine", "--quiet")
    session.run("coverage", "report")


@nox.session
def bench(session: nox.Session) -> None:
    """Measurements with limits: what the SDK costs, alone and beside its peers. With arguments, only the latter:
    `nox -s bench -- --write docs/performance.md`, `nox -s bench -- --profile ours-httpx`, `... -- --help`.
    """
    session.install(*group("test"), *group("bench"), "-e", ALL_EXTRAS)
    if not session.posargs:
        for name in ("decode", "bench_streaming", "bench_fake", "bench_own"):
            session.run("python", f"tests/benchmarks/{name}.py")
    session.run("python", "tests/benchmarks/peers/run.py", *session.posargs)


@nox.session
def browser(session: nox.Session) -> None:
    """The mock's page in Debian's chromium; and curl, requests and Node as its clients. Installs none of these programs."""
    session.install(*group("browser"), "-e", ".[cli]")
    session.run("pytest", "tests/browser", "tests/foreign", *session.posargs)
