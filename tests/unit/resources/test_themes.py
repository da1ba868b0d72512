"""Themes: what is sent, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from astria_async import ParameterError, Response, UnknownOutcomeError

pytestmark = pytest.mark.anyio


async def test_a_theme_is_ordered_for_tunes(client: Any, answers: Any) -> None:
    service = answers(Response(status=201), Response(status=504))
    astria = client(service)
    assert await astria.themes.create(theme="a day in Rome", tunes=[3, 4], num_images=2, w=512) is None
    assert service.requests[0].body.tree == {
        "theme": {"theme": "a day in Rome", "tune_ids": [3, 4], "prompt_attributes": {"num_images": 2, "w": 512}}
    }
    with pytest.raises(UnknownOutcomeError):
        await astria.themes.create(theme="a day in Rome", tunes=[3])
    assert service.requests[1].body.tree == {"theme": {"theme": "a day in Rome", "tune_ids": [3]}}


@pytest.mark.parametrize(
    "bad", [{"theme": " ", "tunes": [1]}, {"theme": "x", "tunes": []}, {"theme": "x", "tunes": [0]}]
)
async def test_a_theme_without_words_or_tunes_is_refused(bad: Any, client: Any, answers: Any) -> None:
    service = answers({})
    with pytest.raises(ParameterError):
        await client(service).themes.create(**bad)
    assert service.requests == []


@pytest.mark.parametrize(
    ("given", "parameter"),
    [({"num_images": 9}, "num_images"), ({"w": 7}, "w"), ({"theme": 5}, "theme"), ({"tunes": 3}, "tunes")],
)
async def test_a_themes_parameters_are_checked(given: Any, parameter: str, client: Any, answers: Any) -> None:
    service = answers({})
    with pytest.raises(ParameterError, match=f"^{parameter}: "):
        await client(service).themes.create(**{"theme": "x", "tunes": [1], **given})
    assert service.requests == []
