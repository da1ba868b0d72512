"""Each parameter of each public name is explained where an editor and `help()` show it: under `Args:`."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from typing import Any, Protocol

import jedi
import pytest

import astria_async
import astria_async.middleware
import astria_async.testing
import astria_async.transports
from astria_async import AsyncAstria, PackRunParams, PromptFilters, PromptParams, TuneParams
from astria_async.models.parameters.keywords import PackRunKeywords, PromptKeywords, TuneKeywords

ROOMS = (astria_async, astria_async.middleware, astria_async.testing, astria_async.transports)
#: What comes from the service: a model's fields are explained beside them, and nobody makes one.
MODELS = "astria_async.models."
#: What the SDK or the fake makes, and a user only reads; and the three methods of a transport, which the protocol explains.
MADE_FOR_USERS = (
    "Account", "Attempt", "Callback", "CallbackRecord", "Callbacks", "Effect", "Fault", "HttpRequest", "Listing",
    "PlannedCallback", "RawResponse", "ReceivedFile", "RequestRecord", "StreamedResponse",
)  # fmt: skip
NOT_FOR_USERS = re.compile(
    r"Stored\w+|\w+Transport\.(send|stream)|RequestLog\.(add|finish)|Response\.with_attempts|FakeAstria\.handle"
)
SOURCES: tuple[type, ...] = (TuneParams, PromptParams, PackRunParams)
Explained = tuple[str, Callable[..., object], str]


def is_made_by_users(value: object) -> bool:
    if not callable(value) or getattr(value, "__module__", "").startswith(MODELS):
        return value in SOURCES
    is_error = isinstance(value, type) and issubclass(value, (Exception, Warning))
    return not is_error and Protocol not in getattr(value, "__bases__", ())


def explained() -> Iterator[Explained]:
    """Each public callable, with the text that explains its parameters."""
    seen: set[object] = set()
    for room in ROOMS:
        for name in room.__all__:
            value = getattr(room, name)
            if id(value) in seen or not is_made_by_users(value) or NOT_FOR_USERS.fullmatch(name):
                continue
            seen.add(id(value))
            if name not in MADE_FOR_USERS:
                yield name, value, text_of(value)
            if isinstance(value, type):
                yield from explained_methods(name, value)
    astria = AsyncAstria("sd_test")
    for name, resource in vars(astria).items():
        if not name.startswith("_"):
            yield from explained_methods(name, type(resource))


def explained_methods(name: str, kind: type) -> Iterator[Explained]:
    for method in methods_of(kind):
        path = f"{name}.{method.__name__}"
        if not NOT_FOR_USERS.fullmatch(path) and name != "Account":
            yield path, method, inspect.getdoc(method) or ""


def text_of(value: Any) -> str:
    init = getattr(value, "__init__", None) if isinstance(value, type) else None
    return (inspect.getdoc(value) or "") + (inspect.getdoc(init) or "" if init is not None else "")


def methods_of(kind: type) -> list[Callable[..., object]]:
    return [
        value
        for name, value in inspect.getmembers(kind, inspect.isfunction)
        if not name.startswith("_") and value.__module__.startswith("astria_async")
    ]


def parameters_of(value: Callable[..., object]) -> list[str]:
    try:
        parameters = inspect.signature(value).parameters.values()
    except ValueError:  # an enumeration, or a builtin
        return []
    skipped = (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)
    names = [each.name for each in parameters if each.kind not in skipped and each.name != "self"]
    return [name for name in names if not name.startswith("_")]


def section(text: str) -> str:
    return text.partition("Args:")[2]


@pytest.mark.parametrize(
    ("name", "value", "text"), [*explained()], ids=lambda value: value if isinstance(value, str) else ""
)
def test_each_parameter_is_explained_under_args(name: str, value: Callable[..., object], text: str) -> None:
    missing = [each for each in parameters_of(value) if not re.search(rf"^\s+{each}: \S", section(text), re.MULTILINE)]
    assert not missing, f"{name}: Args: explains not {', '.join(missing)}"


def test_only_names_that_exist_are_left_out() -> None:
    public = {name for room in ROOMS for name in room.__all__}
    assert public.issuperset(MADE_FOR_USERS)


# --- Methods that take keywords

METHODS: list[tuple[str, type]] = [
    ("tunes.create", TuneKeywords), ("tunes.create_and_wait", TuneKeywords), ("tunes.prepare", TuneKeywords),
    ("prompts.create", PromptKeywords), ("prompts.create_and_wait", PromptKeywords), ("prompts.prepare", PromptKeywords),
    ("prompts.duplicate", PromptKeywords), ("prompts.list", PromptFilters), ("packs.run", PackRunKeywords),
    ("packs.prepare", PackRunKeywords),
]  # fmt: skip


def method_at(path: str) -> Callable[..., object]:
    method: Any = AsyncAstria("sd_test")
    for name in path.split("."):
        method = getattr(method, name)
    found: Callable[..., object] = method
    return found


@pytest.mark.parametrize(("path", "keywords"), METHODS)
def test_signatures_list_what_type_checkers_know(path: str, keywords: type) -> None:
    parameters = inspect.signature(method_at(path)).parameters
    assert keywords.__annotations__.keys() <= parameters.keys()
    assert not [each for each in parameters.values() if each.kind is inspect.Parameter.VAR_KEYWORD]
    for name in keywords.__annotations__.keys() - {"tune"}:
        parameter = parameters[name]
        assert parameter.kind is inspect.Parameter.KEYWORD_ONLY
        assert parameter.default is None
        assert "None" in parameter.annotation


def test_signatures_of_raw_methods_are_those_of_the_methods() -> None:
    raw = AsyncAstria("sd_test").with_raw_response
    assert inspect.signature(raw.prompts.create) == inspect.signature(method_at("prompts.create"))


@pytest.mark.parametrize("path", [path for path, _ in METHODS])
def test_help_gives_each_keyword_its_grade(path: str) -> None:
    method = method_at(path)
    text = section(inspect.getdoc(method) or "")
    own = {
        "tune",
        "pack",
        "prompt",
        "params",
        "on",
        "idempotency_key",
        "auto_seed",
        "captions",
        "timeout",
        "interval",
        "on_progress",
    }
    for name in inspect.signature(method).parameters.keys() - own - {"image_index", "page_size", "limit"}:
        assert re.search(rf"^    {name}: .*\[[DVRI]\]", text, re.MULTILINE), name


@pytest.mark.parametrize("kind", SOURCES)
def test_help_of_parameter_classes_gives_range_and_grade(kind: type) -> None:
    text = section(inspect.getdoc(kind) or "")
    for name in inspect.signature(kind).parameters:
        assert re.search(rf"^    {name}: .*\[[DVRI]\]", text, re.MULTILINE), name
    if kind is PromptParams:
        assert re.search(r"num_images: How many images, 1 to 8\. \[D\]", text)
        assert re.search(r"w: Width in pixels, a multiple of 8; 8 or more\. \[D\]", text)


def test_editors_without_types_complete_the_keywords() -> None:
    astria = AsyncAstria("sd_test")
    completed = jedi.Interpreter("astria.prompts.create(1, num_i", [{"astria": astria}]).complete()
    assert [each.name for each in completed] == ["num_images="]
    completed = jedi.Interpreter("astria.tunes.create(base_t", [{"astria": astria}]).complete()
    assert [each.name for each in completed] == ["base_tune_id="]
