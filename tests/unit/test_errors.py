"""Everything that can go wrong: the tree, what each error holds, and that it can travel."""

from __future__ import annotations

import copy
import inspect
import pickle
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

import astria_async
from astria_async import errors
from astria_async._codec.api_errors import api_error
from astria_async.errors import (
    APIError,
    AstriaError,
    Attempt,
    BatchStoppedError,
    CallbackError,
    ConfigurationError,
    DecodeError,
    DownloadError,
    GenerationFailedError,
    ImmutableError,
    InspectionFailedError,
    NameResolutionError,
    ParameterError,
    RedirectError,
    RequestTimeoutError,
    TransportError,
    UnexpectedError,
    UnknownOutcomeError,
    ValidationError,
    WaitTimeoutError,
)
from astria_async.models import Prompt, Tune, VideoInspection

ATTEMPTS = (
    Attempt(at=datetime(2026, 1, 1, tzinfo=UTC), seconds=30.5, result="504", outcome="unknown"),
    Attempt(at=datetime(2026, 1, 1, 0, 1, tzinfo=UTC), seconds=0.2, result="422", outcome="rejected"),
)
CLASSES = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, AstriaError)]


def of_api(kind: type[APIError]) -> APIError:
    return kind(
        418, "x is wrong", method="POST", path="/tunes", body='{"x": ["is wrong"]}', request_id="r-1", retry_after=2.5
    )


#: One of each, with everything set that it can hold.
MADE: dict[type[AstriaError], Callable[[], AstriaError]] = {
    AstriaError: lambda: AstriaError("odd"),
    ConfigurationError: lambda: ConfigurationError("the API key is missing"),
    ParameterError: lambda: ParameterError("seed: -1 is below 0", "w: 7 is not a multiple of 8"),
    BatchStoppedError: lambda: BatchStoppedError("the budget is used up", reason="budget"),
    CallbackError: lambda: CallbackError("url: its signature does not fit"),
    TransportError: lambda: TransportError("no answer", request_was_sent=True),
    NameResolutionError: lambda: NameResolutionError("x.y cannot be resolved", request_was_sent=False),
    RequestTimeoutError: lambda: RequestTimeoutError("no answer within 60 s", request_was_sent=True),
    ImmutableError: lambda: ImmutableError("headers cannot be changed"),
    UnexpectedError: lambda: UnexpectedError("KeyError: 'x'", request_was_sent=True),
    UnknownOutcomeError: lambda: UnknownOutcomeError("may have taken place", looked_for={"tune_id": 1, "seed": 2}),
    WaitTimeoutError: lambda: WaitTimeoutError("not done", last=Tune(id=1, extra={"new": [1]})),
    GenerationFailedError: lambda: GenerationFailedError("failed", prompt=Prompt(id=1, user_error="NSFW")),
    InspectionFailedError: lambda: InspectionFailedError("failed", inspection=VideoInspection(id=1, error="no frames")),
    DownloadError: lambda: DownloadError("cut short", url="https://x/1", status=403),
    DecodeError: lambda: DecodeError("no Tune", problems=["id: required, but missing"], body="{}"),
}


def made(kind: type[AstriaError]) -> AstriaError:
    """One with everything set, as if it had come at the end of several attempts."""
    error = MADE[kind]() if kind in MADE else of_api(kind)  # type: ignore[arg-type]
    if isinstance(error, ValidationError):
        error.fields = {"x": ("is wrong",)}
    if isinstance(error, RedirectError):
        error.location = "https://x.y/z"
    error.attempts, error.outcome = ATTEMPTS, "rejected"
    return error


def tree_in(docstring: str) -> dict[str, str]:
    """Each class in the drawing, with the one that it hangs from."""
    parents: dict[str, str] = {}
    above: list[str] = []
    for line in docstring.splitlines():
        found = re.match(r"^((?:│   |    )*(?:[├└]── )?)([A-Z]\w+Error)\b", line)
        if found is None:
            continue
        depth = len(found[1]) // 4
        above[depth:] = [found[2]]
        if depth:
            parents[found[2]] = above[depth - 1]
    return parents


def test_the_tree_that_is_drawn_is_the_tree_that_is() -> None:
    drawn = tree_in(errors.__doc__ or "")
    assert drawn == {kind.__name__: kind.__mro__[1].__name__ for kind in CLASSES if kind is not AstriaError}


def test_every_error_is_at_the_front_door() -> None:
    assert {kind.__name__ for kind in CLASSES} <= {*astria_async.__all__}


@pytest.mark.parametrize("kind", CLASSES)
def test_every_error_is_explained(kind: type[AstriaError]) -> None:
    assert inspect.cleandoc(kind.__doc__ or "")


def test_a_wrong_argument_is_a_value_error_too() -> None:
    with pytest.raises(ValueError, match="^seed: -1 is below 0; w: 7 is not a multiple of 8$"):
        raise made(ParameterError)


TRAVEL: dict[str, Callable[[Any], Any]] = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    **{
        f"pickle {protocol}": lambda error, protocol=protocol: pickle.loads(pickle.dumps(error, protocol))
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1)
    },
}


@pytest.mark.parametrize("kind", CLASSES)
@pytest.mark.parametrize("way", TRAVEL)
def test_an_error_travels_with_all_that_it_holds(kind: type[AstriaError], way: str) -> None:
    error = made(kind)
    arrived = TRAVEL[way](error)
    assert type(arrived) is kind
    assert (str(arrived), arrived.args, vars(arrived)) == (str(error), error.args, vars(error))
    assert (arrived.attempts, arrived.outcome) == (ATTEMPTS, "rejected")


def test_a_users_own_error_travels_too() -> None:
    error = Own("sold out", 7)
    assert (vars(copy.deepcopy(error)), str(pickle.loads(pickle.dumps(error)))) == ({"stock": 7}, "sold out")


class Own(AstriaError):
    def __init__(self, message: str, stock: int) -> None:
        super().__init__(message)
        self.stock = stock


def test_notes_travel_as_well() -> None:
    error = made(TransportError)
    error.add_note("at row 7")
    assert pickle.loads(pickle.dumps(error)).__notes__ == ["at row 7"]


@pytest.mark.parametrize("kind", [kind for kind in CLASSES if issubclass(kind, APIError)])
def test_api_error_says_in_one_line_what_to_do(kind: type[APIError]) -> None:
    error = made(kind)
    assert str(error) == f"418 on POST /tunes: x is wrong ({kind.advice})"
    assert len(str(error).splitlines()) == 1
    assert kind.advice


@pytest.mark.parametrize("kind", [kind for kind in CLASSES if issubclass(kind, APIError)])
def test_each_api_error_has_advice_of_its_own(kind: type[APIError]) -> None:
    assert "advice" in vars(kind)


@pytest.mark.parametrize("kind", CLASSES)
def test_a_message_is_one_line(kind: type[AstriaError]) -> None:
    assert len(str(made(kind)).splitlines()) == 1


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (AstriaError("x"), None),
        (ParameterError("x"), "not_sent"),
        (TransportError("x", request_was_sent=False), "not_sent"),
        (TransportError("x", request_was_sent=True), "unknown"),
        (UnknownOutcomeError("x"), "unknown"),
        (DecodeError("x", problems=[], body=""), "unknown"),
        (APIError(422, "x"), "rejected"),
        (APIError(499, "x"), "rejected"),
        (APIError(500, "x"), "unknown"),
    ],
)
def test_an_error_says_what_is_known_of_the_requests_effect(error: AstriaError, outcome: str | None) -> None:
    assert error.outcome == outcome
    assert error.attempts == ()


@pytest.mark.parametrize("kind", [kind for kind in CLASSES if issubclass(kind, APIError)])
def test_an_api_errors_status_code_is_its_status(kind: type[APIError]) -> None:
    assert made(kind).status_code == made(kind).status == 418  # type: ignore[attr-defined]
    assert pickle.loads(pickle.dumps(made(kind))).status_code == 418


def test_what_was_looked_for_is_a_copy() -> None:
    sought = {"title": "a"}
    error = UnknownOutcomeError("x", looked_for=sought)
    sought.clear()
    assert error.looked_for == {"title": "a"}
    assert UnknownOutcomeError("x").looked_for == {}


def test_a_decode_error_shows_some_problems_and_the_bodys_beginning() -> None:
    error = DecodeError("no Tune", problems=[f"x{number}: odd" for number in range(7)], body="{\n")
    assert str(error) == ("no Tune: x0: odd; x1: odd; x2: odd; x3: odd; x4: odd; and 2 more. The body began: '{\\n'")
    assert error.problems == tuple(f"x{number}: odd" for number in range(7))


def test_no_error_of_an_answer_holds_its_headers() -> None:
    headers = {"x-request-id": "r-1", "set-cookie": "session=secret", "authorization": "Bearer sd_secret"}
    error = api_error(401, method="GET", path="/users", headers=headers, body="no", retry_after=None)
    assert "secret" not in repr(vars(error)) + str(error)
    assert error.request_id == "r-1"


def test_a_warning_is_no_error() -> None:
    assert issubclass(errors.WorkspaceMismatchWarning, errors.AstriaWarning)
    assert issubclass(errors.AstriaWarning, UserWarning)
    assert not issubclass(errors.AstriaWarning, AstriaError)
