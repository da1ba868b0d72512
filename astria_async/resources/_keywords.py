"""A misspelt keyword of a resource's method: refused with the nearest name, as a misspelt parameter is."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from inspect import CO_VARKEYWORDS, iscoroutinefunction
from types import FunctionType
from typing import Any

from ..models.parameters.names import unexpected


def checks_keywords(value: object) -> bool:
    """Whether it is a method whose keywords are checked by Python, and not by the method itself (`**keywords`)."""
    return isinstance(value, FunctionType) and not value.__code__.co_flags & CO_VARKEYWORDS


def naming_nearest(method: Callable[..., Any]) -> Callable[..., Any]:
    """The method, with the same signature, whose TypeError for an unexpected keyword names the nearest one.

    Python's own text does that from 3.13 on. A coroutine function stays one, as mocks and frameworks ask for it.
    """
    code = method.__code__
    known = code.co_varnames[1 : code.co_argcount + code.co_kwonlyargcount]  # without self

    if iscoroutinefunction(method):

        @wraps(method)
        async def asynchronous(*args: Any, **keywords: Any) -> Any:
            try:
                call = method(*args, **keywords)
            except TypeError:  # the arguments do not fit: nothing of the method has run
                if error := unexpected(keywords, known):
                    raise error from None
                raise
            return await call

        return asynchronous

    @wraps(method)
    def synchronous(*args: Any, **keywords: Any) -> Any:
        try:
            return method(*args, **keywords)
        except TypeError:
            if error := unexpected(keywords, known):
                raise error from None
            raise

    return synchronous
