"""Leaf: a name that does not exist is answered with the nearest one that does."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import wraps
from inspect import iscoroutinefunction
from typing import Any, ParamSpec, TypeVar, cast

P = ParamSpec("P")
R = TypeVar("R")
C = TypeVar("C", bound=type)


def nearest(name: str, names: Collection[str]) -> str | None:
    """The name that was probably meant; None if no name is near."""
    from difflib import get_close_matches  # imported only for a message

    without_case = {each.lower(): each for each in names}
    found = get_close_matches(name.lower(), list(without_case), n=1)
    return without_case[found[0]] if found else None


def unknown_name(owner: str, what: str, name: str, names: Collection[str]) -> str:
    """One line for a name that does not exist: the nearest name, or all names if none is near."""
    near = nearest(name, names)
    remedy = f"did you mean {near}?" if near else f"it has {', '.join(names)}"
    return f"{owner} has no {what} {name!r}; {remedy}"


def explain_misspelt(function: Callable[P, R]) -> Callable[P, R]:
    """A function that answers an unknown keyword with TypeError, as Python does, and names the nearest option.

    A coroutine function stays one: mocks and frameworks ask for it.
    """
    code: Any = getattr(function, "__code__")  # noqa: B009 -- a callable need not have one, a function has
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    known = frozenset(names)
    options = tuple(name for name in names if name not in ("self", "scale"))  # `scale` is for RetryPolicy.scaled
    owner = function.__qualname__.removesuffix(".__init__").rpartition(".")[2]

    def problem(kwargs: Mapping[str, object]) -> TypeError:
        unknown = next(name for name in kwargs if name not in known)
        return TypeError(unknown_name(f"{owner}()", "option", unknown, options))

    if iscoroutinefunction(function):

        @wraps(function)
        async def checked_coroutine(*args: P.args, **kwargs: P.kwargs) -> Any:
            if not known.issuperset(kwargs):
                raise problem(kwargs)
            return await function(*args, **kwargs)

        return cast("Callable[P, R]", checked_coroutine)

    @wraps(function)
    def checked(*args: P.args, **kwargs: P.kwargs) -> R:
        if not known.issuperset(kwargs):
            raise problem(kwargs)
        return function(*args, **kwargs)

    return checked


def with_explained_options(kind: C) -> C:
    """A class whose constructor answers a misspelt option with the nearest one. For classes that attrs makes."""
    kind.__init__ = explain_misspelt(kind.__init__)  # type: ignore[misc]
    return kind
