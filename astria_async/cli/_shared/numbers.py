"""Numbers and amounts of money on the command line."""

from __future__ import annotations

from argparse import ArgumentTypeError
from collections.abc import Callable
from decimal import Decimal, InvalidOperation


def whole_number(what: str, remedy: str) -> Callable[[str], int]:
    """Reads a whole number of 1 or more; raises ArgumentTypeError, which says what it should be."""

    def read(text: str) -> int:
        if not text.isdecimal() or not int(text[:20]):
            raise ArgumentTypeError(f"{text!r} is not {what}; {remedy}")
        return int(text[:20])

    return read


def amount_in(text: str) -> Decimal | None:
    """The amount of money that a text says; None if it says none, or one below 0."""
    try:
        amount = Decimal(text)
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and amount >= 0 else None


#: Reads the id of a tune or a prompt.
as_id = whole_number("an id", "give a number such as 30000001")
