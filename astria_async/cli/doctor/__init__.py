"""`astria-async doctor`: is everything right with the key and the account? One line for each check, with what to do.

checks    what only reads;  probe: what is settled by two free tunes
"""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import anyio
import attrs

from ...errors import AuthenticationError, PermissionDeniedError, TransportError
from .._errors import CommandError
from .._exit_codes import FAILED, MISUSED, OK
from .checks import Check, examine
from .probe import probe

if TYPE_CHECKING:
    from ... import AsyncAstria

_MARKS = {"ok": "ok", "warning": "!!", "failed": "xx", "unknown": "--"}


def configure(parser: ArgumentParser) -> None:
    """Add the command's options."""
    add = parser.add_argument
    add(
        "--callback",
        metavar="URL",
        help="a callback URL of yours: is it reached, and does it refuse what is not signed",
    )
    add("--probe", action="store_true", help="also make two free tunes (branch=fast), compare them, and delete them")
    add("--json", action="store_true", help="print one object of JSON")


def run(arguments: Namespace) -> int:
    """Run it. Exit codes: 0, 1 (something is to be done), 2 (no key, or the service is not reached)."""
    from ... import AsyncAstria

    return anyio.run(_main, AsyncAstria(), arguments)


async def _main(astria: AsyncAstria, arguments: Namespace) -> int:
    found: list[Check] = []
    async with astria:
        try:
            async for check in _all(astria, arguments):
                found.append(check)
                if not arguments.json:
                    print(_line(check), flush=True)
        except (AuthenticationError, PermissionDeniedError) as error:
            raise CommandError(f"the key is not taken: {error}", MISUSED) from None
        except TransportError as error:
            raise CommandError(f"the service is not reached: {error}", MISUSED) from None
    if arguments.json:
        print(json.dumps({"checks": [attrs.asdict(check) for check in found]}, ensure_ascii=False))
    return FAILED if any(check.status in ("warning", "failed") for check in found) else OK


async def _all(astria: AsyncAstria, arguments: Namespace) -> AsyncIterator[Check]:
    for check in await examine(astria, arguments.callback):
        yield check
    if arguments.probe:
        for check in await probe(astria):
            yield check


def _line(check: Check) -> str:
    remedy = f"; {check.remedy}" if check.remedy else ""
    return f"{_MARKS[check.status]} {check.name}: {' '.join(check.found.split())}{remedy}"
