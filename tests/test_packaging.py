"""What is published: its names, its requirements, its version and its files."""

from __future__ import annotations

import re
import subprocess
import tomllib
from importlib import metadata, resources
from pathlib import Path

import pytest

import astria_async

ROOT = Path(__file__).parent.parent
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT = PYPROJECT["project"]
RUNTIME = ["anyio", "attrs", "backoff", "cattrs", "httpx"]
EXTRAS = [(extra, entry) for extra, entries in PROJECT["optional-dependencies"].items() for entry in entries]


def test_five_libraries_are_needed_each_with_a_lower_bound() -> None:
    needed = [re.fullmatch(r"([a-z]+)>=[0-9.]+", entry) for entry in PROJECT["dependencies"]]
    assert sorted(match[1] for match in needed if match) == RUNTIME
    assert len(needed) == len(RUNTIME)


def test_httpcore_comes_with_httpx_in_the_range_that_is_supported() -> None:
    """It is imported, too, but is not asked for by name. `nox -s lowest` installs the lowest of the range."""
    assert "httpcore==1.*" in (metadata.requires("httpx") or [])
    assert "httpcore>=1.0.9" in PYPROJECT["dependency-groups"]["lowest"]
    assert metadata.version("httpcore").startswith("1.")


@pytest.mark.parametrize(("extra", "entry"), EXTRAS)
def test_what_extra_brings_has_lower_bound_and_no_upper_one(extra: str, entry: str) -> None:
    assert re.fullmatch(r"[a-z-]+>=[0-9.]+|astria-async\[[a-z,-]+\]", entry), extra


def test_python_3_11_is_enough() -> None:
    assert PROJECT["requires-python"] == ">=3.11"


def test_the_version_stands_in_one_place() -> None:
    assert "version" not in PROJECT
    assert metadata.version("astria-async") == astria_async.__version__
    assignment = re.compile(rf'\b_*version_* *=.*"{re.escape(astria_async.__version__)}"', re.IGNORECASE)
    files = [*(ROOT / "astria_async").rglob("*.py"), ROOT / "pyproject.toml", ROOT / "noxfile.py"]
    assert [path.name for path in files if assignment.search(path.read_text(encoding="utf-8"))] == ["_version.py"]


def test_the_changelog_is_kept() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(r"^## \[Unreleased\]$", changelog, re.MULTILINE)
    sections = re.findall(r"^### (.+)$", changelog, re.MULTILINE)
    assert set(sections) <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def test_types_and_samples_are_shipped() -> None:
    package = resources.files("astria_async")
    assert package.joinpath("py.typed").is_file()
    assert [entry for entry in package.joinpath("cli", "demo", "samples").iterdir() if entry.name.endswith(".jpg")]


def test_the_licence_is_mit() -> None:
    assert PROJECT["license"] == "MIT"
    assert (ROOT / "LICENSE").read_text(encoding="utf-8").startswith("MIT License\n")


def test_pre_commit_uses_the_versions_of_pyproject() -> None:
    groups = [PROJECT["dependencies"], PYPROJECT["dependency-groups"]["lint"]]
    wanted = {entry for entries in groups for entry in entries}
    hooks = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    lists = re.findall(r"additional_dependencies: .*?\[(.+)\]$", hooks, re.MULTILINE)
    assert {entry for one in lists for entry in re.findall(r'"([^"]+)"', one)} == wanted


@pytest.mark.process
def test_what_ci_runs_is_what_the_readme_says() -> None:
    """`.ci/run` takes the command out of README.md: here the same lines of it are run, and compared."""
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    taking = re.search(r"^command=\$\((.+)\)$", script, re.MULTILINE)
    assert taking is not None
    taken = subprocess.run(["bash", "-c", taking[1]], cwd=ROOT, check=True, capture_output=True, text=True, timeout=10)
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    _, tests, *others = re.findall(r"^```sh\n(.*?)\n```$", readme, re.MULTILINE | re.DOTALL)
    assert taken.stdout == f"{tests}\n"
    assert tests.endswith("nox")
    assert not others
