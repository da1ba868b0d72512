"""The mock's page on a screen: it changes by itself, its buttons do what they say, and it can be read."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.network, pytest.mark.browser]

Look = Callable[..., Page]

#: Every piece of text that has too little contrast with what is behind it (WCAG 2.2 AA), or is too small to be read.
UNREADABLE = """() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return Array.from(canvas.getImageData(0, 0, 1, 1).data);
  };
  const light = (colour) => {
    const [r, g, b] = colour.slice(0, 3).map((c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    for (let node = element; node; node = node.parentElement) {
      const colour = rgba(getComputedStyle(node).backgroundColor);
      if (colour[3] === 255) return colour;
    }
    return rgba("canvas");
  };
  const found = [];
  for (const element of document.body.querySelectorAll("*:not(script, noscript, option)")) {
    const text = Array.from(element.childNodes).filter((node) => node.nodeType === 3 && node.data.trim());
    if (!text.length || !element.checkVisibility()) continue;
    const style = getComputedStyle(element);
    const [one, two] = [light(rgba(style.color)), light(behind(element))].sort((a, b) => b - a);
    const contrast = (one + 0.05) / (two + 0.05);
    if (contrast < 4.5 || parseFloat(style.fontSize) < 12) found.push([text[0].data, contrast, style.fontSize]);
  }
  return found;
}"""


def card(page: Page, kind: str, id_: int) -> Any:
    return page.locator(f"#{kind}{id_}")


def lived_in(mock: Any) -> None:
    """A tune and a prompt in every state, and requests of every outcome."""
    long = "a portrait with a text that goes on " * 5 + "and a-word-that-has-no-place-where-it-could-be-broken" * 3
    for text in ("short", long, "[[fail]]"):
        mock.prompt(text=text)
    mock.tune(branch="fast", title=long)
    mock.prompt(1504944, text=f"<lora:{mock.tune(base_tune_id=1504944, model_type='lora')}:1> woman")
    mock.prompt(mock.tune(title="0a4e71d4-0000-4000-8000-000000000001"))
    mock.call("GET", "/tunes/1")
    mock.tune(name="")
    mock.prompt(callback="http://localhost:9/a/long/path/" + "of-some-words-" * 12)


def test_what_a_client_does_comes_on_the_screen_by_itself(mock: Any, look: Look) -> None:
    page = look(mock)
    expect(page.locator("#tunes")).to_contain_text("No tune yet")
    id_ = mock.tune(title="just made")
    expect(card(page, "t", id_)).to_contain_text("just made")
    expect(page.locator("#requests-rows tr").first).to_contain_text("POST /tunes")
    expect(page.locator("#requests-rows tr").first).to_contain_text("201")
    expect(page.locator("#requests-rows tr").first).to_contain_text("ms")
    mock.call("DELETE", f"/tunes/{id_}")
    expect(page.locator("#tunes")).to_contain_text("No tune yet")


def test_states_change_by_themselves(start: Callable[..., Any], look: Look) -> None:
    mock = start("--time-scale", "100")
    page = look(mock)
    id_ = mock.prompt(num_images=2)
    expect(card(page, "p", id_).locator(".state")).to_have_text("done")
    expect(card(page, "p", id_).locator("img")).to_have_count(2)
    expect(page.locator("#clock")).to_contain_text("100 times faster")


def test_time_that_is_put_forward_trains_and_renders(mock: Any, look: Look) -> None:
    page = look(mock)
    tune_id = mock.tune()
    prompt_id = mock.prompt(tune_id, num_images=3)
    expect(card(page, "t", tune_id).locator(".state")).to_have_text("training")
    expect(card(page, "p", prompt_id)).to_contain_text("waits for its tune")
    page.get_by_role("button", name="+10 min").click()
    expect(card(page, "t", tune_id).locator(".state")).to_have_text("trained")
    expect(card(page, "p", prompt_id).locator(".state")).to_have_text("done")
    pictures = card(page, "p", prompt_id).locator("img")
    expect(pictures).to_have_count(3)
    for number in range(3):
        pictures.nth(number).scroll_into_view_if_needed()
        assert pictures.nth(number).evaluate("image => image.decode().then(() => image.naturalWidth)") == 256


def test_a_fault_button_takes_effect(mock: Any, look: Look) -> None:
    page = look(mock)
    page.get_by_label("Which requests").select_option("POST /tunes")
    page.get_by_role("button", name="504, but done").click()
    expect(page.locator("#planned")).to_contain_text("processed_then(504)")
    assert mock.tune(title="was it made?") == 504
    expect(page.locator("#tunes")).to_contain_text("was it made?")
    expect(page.locator("#requests-rows tr").first).to_contain_text("processed_then(504)")
    expect(page.locator("#planned")).to_contain_text("No fault is planned")
    assert isinstance(mock.tune(), int)


def test_faults_without_end_end_when_they_are_forgotten(mock: Any, look: Look) -> None:
    page = look(mock)
    page.get_by_label("Which requests").select_option("* *")
    page.get_by_label("How many").select_option("always")
    page.get_by_role("button", name="429").click()
    expect(page.locator("#planned")).to_contain_text("rate_limited, always")
    assert [mock.call("GET", "/tunes") for _ in range(3)] == [429, 429, 429]
    page.get_by_role("button", name="Clear").click()
    expect(page.locator("#planned")).to_contain_text("No fault is planned")
    assert mock.call("GET", "/tunes") == []


def test_a_wrong_reference_is_seen_in_words(mock: Any, look: Look) -> None:
    page = look(mock)
    tune = mock.tune(base_tune_id=1504944, model_type="lora")
    right = mock.prompt(1504944, text=f"<lora:{tune}:1> ohwx woman")
    wrong = mock.prompt(1504944, text=f"<lora:{tune}:1> woman")
    expect(card(page, "p", right)).to_contain_text(f"shows tune {tune}")
    expect(card(page, "p", right).locator(".warning")).to_have_count(0)
    expect(card(page, "p", wrong)).to_contain_text("shows nobody")
    expect(card(page, "p", wrong).locator(".warning")).to_have_text(
        f"Tune {tune} is not in the images: write <lora:{tune}:1> ohwx woman."
    )


def test_a_callback_is_seen_from_due_to_lost(mock: Any, look: Look) -> None:
    page = look(mock)
    page.get_by_role("button", name="Lose it").click()
    expect(page.locator("#callbacks-next")).to_contain_text("It is never sent")
    mock.prompt(callback="http://localhost:9/done?mac=secret")
    row = page.locator("#callbacks-rows tr").first
    expect(row).to_contain_text("due")
    expect(row).to_contain_text("http://localhost:9/done")
    page.get_by_role("button", name="+1 min").click()
    expect(row).to_contain_text("lost")
    mock.prompt(callback="http://localhost:9/done?mac=secret")
    page.get_by_role("button", name="+1 min").click()
    expect(page.locator("#callbacks-rows tr").first).to_contain_text("failed")


def test_the_idempotency_setting_is_flipped(mock: Any, look: Look) -> None:
    page = look(mock)
    page.get_by_role("button", name="Turn on").click()
    expect(page.locator("#account .state")).to_have_text("on")
    assert mock.tune(title="same") == mock.tune(title="same")
    page.get_by_role("button", name="Turn off").click()
    expect(page.locator("#account .state")).to_have_text("off")
    assert mock.tune(title="same") != mock.tune(title="same")


def test_what_has_not_changed_is_not_replaced(mock: Any, look: Look) -> None:
    page = look(mock)
    id_ = mock.tune()
    expect(card(page, "t", id_)).to_be_visible()
    image = card(page, "t", id_).locator("img").first
    image.evaluate("image => { image.isTheSame = true; }")
    page.get_by_role("button", name="Turn on").focus()
    newer = mock.tune()
    expect(card(page, "t", newer)).to_be_visible()
    assert image.evaluate("image => image.isTheSame")
    expect(page.get_by_role("button", name="Turn on")).to_be_focused()
    page.get_by_role("button", name="+10 min").click()
    expect(card(page, "t", id_).locator(".state")).to_have_text("trained")
    assert image.evaluate("image => image.isTheSame")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 400, 1024, 1400])
def test_everything_can_be_read(mock: Any, look: Look, width: int, scheme: str) -> None:
    page = look(mock, width, scheme)
    page.get_by_role("button", name="Half an answer").click()
    expect(page.locator("#planned li")).to_have_count(1)
    assert isinstance(mock.call("POST", "/nothing"), int)
    lived_in(mock)
    page.get_by_role("button", name="+1 min").click()
    expect(page.locator(".failed")).to_have_count(1)
    assert page.evaluate(UNREADABLE) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, re.findall(r"\d+", ground))) < 3 * 128) is (scheme == "dark")
    assert page.evaluate("Math.min(...Array.from(document.querySelectorAll('button'), b => b.clientHeight))") >= 24


def test_it_works_without_script(mock: Any, look: Look) -> None:
    page = look(mock, script=False)
    id_ = mock.prompt()
    expect(card(page, "p", id_)).to_be_visible()
    page.get_by_role("button", name="+1 min").click()
    expect(card(page, "p", id_).locator(".state")).to_have_text("done")
    page.get_by_role("button", name="500", exact=True).click()
    expect(page.locator("#planned")).to_contain_text("fail(500)")
    assert mock.tune() == 500


def test_it_says_when_the_mock_is_gone(mock: Any, look: Look, complaints: list[str]) -> None:
    page = look(mock)
    expect(page.locator("#lost")).to_be_hidden()
    mock.stop()
    expect(page.locator("#lost")).to_be_visible()
    assert all("ERR_CONNECTION_REFUSED" in said for said in complaints)
    page.close()
    complaints.clear()


def test_another_page_presses_no_button(mock: Any, look: Look, complaints: list[str]) -> None:
    page = look(mock)
    page.goto("about:blank")
    field = '<input name="idempotency" value="on"><button>Win a prize</button>'
    page.set_content(f'<form method="post" action="{mock.url}/_mock/idempotency">{field}</form>')
    page.get_by_role("button").click()
    expect(page.locator("body")).to_have_text("Only the buttons of this page can do that.")
    page.close()
    complaints.clear()  # the 403
    assert mock.tune(title="same") != mock.tune(title="same")
