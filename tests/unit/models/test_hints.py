"""What is only probably wrong."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astria_async.models import PackRunParams, PromptParams, Tune, TuneParams
from astria_async.models.hints import hints_of

NOW = datetime(2026, 3, 31, tzinfo=UTC)
FLUX = Tune(id=7, name="cat", branch="flux1", model_type="lora", expires_at=NOW + timedelta(days=1))


def hints(params: Any, tune: Tune | None = None) -> list[str]:
    return [*hints_of(params, tune, NOW)]


@pytest.mark.parametrize(
    "url",
    ["https://example.com/astria?user=1", "https://8.8.8.8/", "https://sub.my-app.dev", "https://[2606:4700::1111]/"],
)
def test_a_public_https_callback_is_as_it_should_be(url: str) -> None:
    assert hints(PromptParams(text="x", callback=url)) == []


@pytest.mark.parametrize(
    ("url", "hint"),
    [
        ("http://example.com", "is not https"),
        ("https://localhost/", "cannot be reached from outside"),
        ("https://127.0.0.1", "cannot be reached from outside"),
        ("https://10.0.0.7:8443", "cannot be reached from outside"),
        ("https://[::1]", "cannot be reached from outside"),
        ("https://backend/astria", "cannot be reached from outside"),
        ("https://backend.internal", "cannot be reached from outside"),
        ("https://192.168.1.4/", "cannot be reached from outside"),
    ],
)
def test_a_callback_that_will_hardly_be_called_is_told_of(url: str, hint: str) -> None:
    for params in (
        PromptParams(text="x", callback=url),
        TuneParams(name="cat", callback=url),
        PackRunParams(tune_ids=[1], callback=url),
    ):
        (found,) = hints(params)
        assert found.startswith("callback: ")
        assert hint in found
    (found,) = hints(PackRunParams(tune_ids=[1], prompts_callback=url))
    assert found.startswith("prompts_callback: ")


def test_a_hint_is_the_same_for_every_url() -> None:
    first, second = (hints(PromptParams(text="x", callback=f"http://shop.example.com/?order={n}")) for n in (1, 2))
    assert first == second == ["callback: it is not https, and may never be called; use a public https URL"]


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000/done", "http://localhost/", "https://[::1]/"])
def test_loopback_is_reached_by_a_service_on_loopback(url: str) -> None:
    params = PromptParams(text="x", callback=url)
    assert [*hints_of(params, base_url="http://127.0.0.1:3000")] == []
    assert len([*hints_of(params, base_url="https://api.astria.ai")]) == 1


def test_the_callbacks_of_a_tunes_prompts_are_told_of_once() -> None:
    prompts = [PromptParams(text="x", callback=f"http://example.com/{n}") for n in range(3)]
    (hint,) = hints(TuneParams(name="cat", prompts_attributes=prompts))
    assert hint.startswith("prompts_attributes: callback: it is not https")


@given(st.text())
def test_any_callback_has_an_answer(url: str) -> None:
    for prefix in ("", "https://", "https://["):
        assert len(hints(PromptParams(text="x", callback=prefix + url))) <= 1


def test_a_prompts_hints_come_with_those_of_its_tune() -> None:
    (found,) = hints_of(PromptParams(text="a cat"), FLUX, NOW)
    assert found.startswith("text: it does not mention the tune")
    assert [*hints_of(PromptParams(text="a cat"), 7, NOW, on=FLUX.base_tune_id or 1)] == [
        *hints_of(PromptParams(text="x"), 7, on=1)
    ]


def test_a_tune_means_nothing_to_what_is_no_prompt() -> None:
    assert hints(TuneParams(name="cat"), FLUX) == []
