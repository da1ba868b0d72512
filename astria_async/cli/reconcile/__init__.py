"""`astria-async reconcile shop.main:callbacks --since 2h`: what is done but was never called back is handled now."""

from __future__ import annotations

import re
import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import anyio

from .._errors import CommandError
from .._exit_codes import FAILED, MISUSED, OK
from .._shared.spans import span
from .._shared.text import count_of

if TYPE_CHECKING:
    from ...callbacks import CallbackApp

_PLACE = re.compile(r"[\w.]+:[\w.]+")


def configure(parser: ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("app", type=_place, metavar="MODULE:NAME", help="the CallbackApp, such as shop.main:callbacks")
    parser.add_argument(
        "--since", type=span, required=True, metavar="SPAN", help="how far back to look: 30m, 2h or 7d, by creation"
    )


def run(arguments: Namespace) -> int:
    """Find what was lost, and run its handlers. Exit code 1: something is left over."""
    app = _import(arguments.app)
    return anyio.run(_reconcile, app, arguments.since)


async def _reconcile(app: CallbackApp, since: timedelta) -> int:
    async with app.astria:
        found = await app.reconcile(since)
        handled = await app.handle_due()
        left = await app.left_over()
    print(f"{count_of(found, 'callback')} found that never came, {handled} handled, {len(left)} left over")
    for item in left:
        print(f"  {item.kind} {', '.join(map(str, item.ids))}: {item.state}, {item.problem or 'not handled yet'}")
    return FAILED if left else OK


def _import(place: str) -> CallbackApp:
    """The app, from a module in the current folder or an installed one."""
    from ...callbacks import CallbackApp

    name, _, path = place.partition(":")
    sys.path.insert(0, str(Path.cwd()))
    try:
        found: object = import_module(name)
        for part in path.split("."):
            found = getattr(found, part)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{name}.".startswith(f"{error.name}."):
            raise
        raise CommandError(
            f"{place}: the module {error.name} does not exist; run this where it can be imported", MISUSED
        ) from None
    except AttributeError:
        raise CommandError(f"{place}: {name} has no {path}; give the name of its CallbackApp", MISUSED) from None
    finally:
        sys.path.pop(0)
    if not isinstance(found, CallbackApp):
        raise CommandError(f"{place}: {type(found).__name__} is not a CallbackApp; give the name of one", MISUSED)
    return found


def _place(text: str) -> str:
    if not _PLACE.fullmatch(text):
        raise ArgumentTypeError(f"{text!r} is not a place; give MODULE:NAME, such as shop.main:callbacks")
    return text
