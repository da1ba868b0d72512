"""The front door: what `import astria_async` brings, and what it leaves outside."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import astria_async
import astria_async.testing
from astria_async import AsyncAstria, ParameterError, PromptParams, Response, TuneParams
from astria_async.testing import MockTransport

#: Ours that only some need; what an extra brings; transports and event loops that are a choice.
LEFT_OUTSIDE = {
    "astria_async.cli",
    "astria_async.testing",
    "aiohttp",
    "click",
    "pyreqwest",
    "pytest",
    "redis",
    "rich",
    "starlette",
    "taskiq",
    "trio",
    "uvicorn",
}


def loaded_by(code: str) -> set[str]:
    """The modules that a fresh interpreter has loaded once it ran `code`."""
    code = f"{code}\nimport sys; print(*sys.modules, sep='\\n')"
    done = subprocess.run([sys.executable, "-I", "-c", code], check=True, capture_output=True, text=True, timeout=60)
    return set(done.stdout.split())


@pytest.mark.process
def test_importing_the_package_loads_neither_the_command_nor_anything_optional() -> None:
    assert not LEFT_OUTSIDE & loaded_by("import astria_async")


@pytest.mark.process
def test_importing_fake_loads_neither_server_nor_test_runner() -> None:
    assert not (LEFT_OUTSIDE - {"astria_async.testing"}) & loaded_by("import astria_async.testing")


@pytest.mark.parametrize("module", [astria_async, astria_async.testing], ids=lambda module: module.__name__)
def test_all_is_sorted_and_its_names_can_be_imported(module: Any) -> None:
    assert list(module.__all__) == sorted(set(module.__all__))
    assert not [name for name in module.__all__ if not hasattr(module, name)]


def test_all_is_complete() -> None:
    public = {
        name for name, value in vars(astria_async).items() if not name.startswith("_") and not inspect.ismodule(value)
    }
    assert public <= set(astria_async.__all__)


def test_every_error_comes_through_the_front_door() -> None:
    errors = vars(astria_async.errors)
    assert {name for name, value in errors.items() if inspect.isclass(value) and issubclass(value, Exception)} <= set(
        astria_async.__all__
    )


def public_things() -> list[tuple[str, Any]]:
    """(name, value) of every public class and function, and of their public methods.

    A method that a protocol of ours asks for is left out: it is described there.
    """
    exported = [getattr(module, name) for module in (astria_async, astria_async.testing) for name in module.__all__]
    classes = {value for value in exported if inspect.isclass(value)}
    protocols = {kind for kind in classes if getattr(kind, "_is_protocol", False)}
    client = AsyncAstria("sd_test", transport=MockTransport(lambda request: Response(status=404)))
    classes |= {type(room) for name, room in vars(client).items() if not name.startswith("_")}
    found: list[tuple[str, Any]] = [(value.__name__, value) for value in exported if inspect.isfunction(value)]
    for kind in classes - protocols:
        found.append((kind.__name__, kind))
        found += [
            (f"{kind.__name__}.{name}", member)
            for name, member in inspect.getmembers(kind, lambda member: inspect.isfunction(member))
            if not name.startswith("_") and not any(hasattr(protocol, name) for protocol in protocols)
        ]
    return found


def test_every_public_class_and_function_is_documented() -> None:
    assert not [name for name, value in public_things() if not inspect.getdoc(value)]


def test_the_table_of_contents_names_every_room() -> None:
    contents = astria_async.__doc__ or ""
    rooms = {path.parent.name for path in Path(astria_async.__file__).parent.glob("[a-z]*/__init__.py")}
    assert not [room for room in rooms if f"{room}/" not in contents]


@pytest.mark.anyio
async def test_an_unknown_keyword_is_a_type_error_at_run_time() -> None:
    transport = MockTransport(lambda request: Response.from_json(201, {"id": 1}))
    async with AsyncAstria("sd_test", transport=transport) as astria:
        with pytest.raises(TypeError, match="titel"):
            await astria.tunes.create(name="woman", titel="Ann")  # type: ignore[call-overload]
        with pytest.raises(TypeError, match="negative"):
            await astria.prompts.create(1, text="a cat", negative="a dog")  # type: ignore[call-overload]
        with pytest.raises(TypeError, match="titel"):
            await astria.tunes.create(TuneParams(name="woman", images=["https://example.com/1.jpg"]), titel="Ann")  # type: ignore[call-overload]
        with pytest.raises(TypeError, match="num_images"):
            await astria.prompts.create(1, PromptParams(text="a cat"), num_images=4)  # type: ignore[call-overload]
    assert not transport.requests


@pytest.mark.anyio
async def test_a_single_str_where_several_pictures_are_meant_is_refused() -> None:
    transport = MockTransport(lambda request: Response.from_json(201, {"id": 1}))
    async with AsyncAstria("sd_test", transport=transport) as astria:
        with pytest.raises(ParameterError, match="images"):
            await astria.tunes.create(name="woman", images="1.jpg")  # type: ignore[arg-type]
    assert not transport.requests
