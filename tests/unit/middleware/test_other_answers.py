"""Answers that are not about what was asked, and accounts that cannot pay."""

from __future__ import annotations

from typing import Any

import pytest

from astria_async import Request, Response, TransportError, UnknownOutcomeError
from astria_async.errors import (
    InsufficientBalanceError,
)
from astria_async.testing import VirtualClock

pytestmark = pytest.mark.anyio
LOST = TransportError("reset", request_was_sent=True)
REFUSED = TransportError("refused", request_was_sent=False)
API = "https://api.astria.ai"


@pytest.mark.parametrize("status", [200, 201, 402, 403, 422, 429, 500, 503])
async def test_an_account_that_cannot_pay_is_told_so_at_once(
    status: int, retry: Any, script: Any, order: Any, clock: VirtualClock
) -> None:
    answer = Response.from_json(status, {"base": ["Not enough balance"]})
    try:
        response = await retry()(order(7), script(answer))
    except InsufficientBalanceError as error:
        assert error.outcome == "rejected"
    else:
        assert response.status == status >= 300
    assert clock.monotonic() == 0


@pytest.mark.parametrize(
    "other", [{"id": 99, "seed": 8}, {"id": 99, "seed": 7, "tune_id": 4}, {"id": "99"}, {"id": True}, [], {"ok": 1}]
)
@pytest.mark.parametrize("fate", ["made", "lost"])
async def test_an_answer_of_another_request_is_as_good_as_none(
    other: Any, fate: str, retry: Any, service: Any, order: Any
) -> None:
    server = service(fate)
    mixed_up = [Response.from_json(201, other)]

    async def send(request: Request) -> Response:
        answer: Response = await server(request)
        return mixed_up.pop() if request.method == "POST" and mixed_up else answer

    try:
        response = await retry()(order(7), send)
    except UnknownOutcomeError as error:
        assert fate == "lost"
        assert error.looked_for == {"tune_id": 3, "seed": 7}
    else:
        assert response.json()["id"] == 1
    assert len(server.items) <= 1


async def test_model_that_draws_its_own_seed_is_not_paid_twice(retry: Any, service: Any, order: Any) -> None:
    server = service()
    server.change = lambda page: [{**item, "seed": 1000 + item["id"]} for item in page]

    async def send(request: Request) -> Response:
        answer: Response = await server(request)
        if request.method == "POST":
            return Response.from_json(201, {**answer.json(), "seed": 1001})
        return answer

    with pytest.raises(UnknownOutcomeError, match="as 1, which could be another's"):
        await retry()(order(7), send)
    assert len(server.items) == 1
