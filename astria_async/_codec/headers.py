"""Times in HTTP headers: Retry-After and Date."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache


def retry_after(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """How many seconds the service asks to be left alone; None where it does not say.

    The header is a number of seconds or a date. A date is taken relative to the answer's own Date, since the two
    machines' clocks may differ; to `now` if it is missing.
    """
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return float(value[:9])
    until, sent = http_date(value), http_date(headers.get("date", "")) or now
    return None if until is None or sent is None else max(0.0, (until - sent) / timedelta(seconds=1))


@lru_cache(maxsize=8)  # Date changes once a second, and each create's answer is asked for it several times
def http_date(value: str) -> datetime | None:
    """The time in an HTTP header such as Date; None if it is not a time."""
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
