"""How long the service asks to be left alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astria_async._codec import http_date
from astria_async._codec.headers import retry_after

SENT = "Sun, 06 Nov 1994 08:49:37 GMT"
LATER = "Sun, 06 Nov 1994 08:51:07 GMT"
MOMENT = datetime(1994, 11, 6, 8, 49, 37, tzinfo=UTC)


@pytest.mark.parametrize(("value", "seconds"), [("0", 0.0), ("30", 30.0), (" 30 ", 30.0), ("007", 7.0)])
def test_it_may_be_seconds(value: str, seconds: float) -> None:
    assert retry_after({"retry-after": value}) == seconds


def test_a_date_is_relative_to_the_answers_own() -> None:
    own_clock_is_wrong = MOMENT + timedelta(days=1)
    assert retry_after({"retry-after": LATER, "date": SENT}, own_clock_is_wrong) == 90.0


def test_date_is_relative_to_now_where_the_answer_has_none() -> None:
    assert retry_after({"retry-after": LATER}, MOMENT) == 90.0
    assert retry_after({"retry-after": LATER, "date": "yesterday"}, MOMENT) == 90.0
    assert retry_after({"retry-after": LATER}) is None


def test_a_date_that_has_passed_asks_for_no_wait() -> None:
    assert retry_after({"retry-after": SENT, "date": LATER}) == 0.0


@pytest.mark.parametrize("value", ["", "soon", "-1", "1.5", "1e3", "²", "٣", "30 s", "inf", "nan"])
def test_anything_else_asks_for_nothing(value: str) -> None:
    assert retry_after({"retry-after": value, "date": SENT}) is None
    assert retry_after({"date": SENT}) is None


@given(st.text())
def test_whatever_it_says_the_wait_is_finite_and_not_negative(value: str) -> None:
    seconds = retry_after({"retry-after": value, "date": SENT}, MOMENT)
    assert seconds is None or 0.0 <= seconds < float("inf")


@given(st.integers(0, 10**9 - 1), st.text("0123456789", max_size=500))
def test_a_number_of_any_length_is_a_wait(seconds: int, more: str) -> None:
    assert retry_after({"retry-after": str(seconds)}) == seconds
    assert retry_after({"retry-after": f"{seconds}{more}"}) is not None


def test_a_date_without_a_zone_is_in_utc() -> None:
    assert http_date("Sun, 06 Nov 1994 08:49:37 -0000") == MOMENT
    assert http_date("Sun, 06 Nov 1994 08:49:37") == MOMENT


@given(
    st.datetimes(min_value=datetime(1970, 1, 1), timezones=st.sampled_from([UTC, timezone(timedelta(hours=-5))])).map(
        lambda moment: moment.replace(microsecond=0)
    )
)
def test_any_date_is_read(moment: datetime) -> None:
    assert http_date(format_datetime(moment)) == moment


@given(st.text(st.sampled_from("0123456789 :,+-GMTSunNov()\n\0é"), max_size=60))
def test_what_is_no_date_is_none(text: str) -> None:
    found = http_date(text)
    assert found is None or found.tzinfo is not None
