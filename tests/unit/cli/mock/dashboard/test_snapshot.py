"""What the page shows."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest

from astria_async.cli.mock.dashboard.snapshot import PROMPTS

pytestmark = pytest.mark.anyio


class Ids(HTMLParser):
    """The ids of a page, and whether each tag that was opened is closed."""

    VOID = frozenset({"meta", "link", "img", "input", "br"})

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.ids += [value for name, value in attrs if name == "id" and value]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def cards(page: str) -> dict[str, str]:
    """The text of each card, by its id."""
    found = re.findall(r'<article id="(\w+)"(.*?)</article>', page, re.DOTALL)
    return {id_: " ".join(re.sub(r"<[^>]*>", " ", f"<{card}").split()) for id_, card in found}


async def test_empty_page_says_how_to_point_a_client_at_it(desk: Any) -> None:
    answer = await desk.ask("GET", "/")
    assert (answer.status, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    page = answer.body.decode()
    assert "ASTRIA_BASE_URL=http://127.0.0.1:8787" in page
    assert "No prompt yet" in page
    assert "No request yet" in page
    assert (await desk.ask("HEAD", "/")).status == 200


async def test_a_tune_goes_from_queued_to_trained(desk: Any) -> None:
    id_ = await desk.tune(title="mine", branch="flux1", image_urls=["https://e.com/1", "https://e.com/2"])
    card = f"t{id_}"
    assert "mine" in cards(await desk.page())[card]
    assert "queued" in cards(await desk.page())[card]
    desk.clock.advance(50)
    assert "training 50 s to go" in cards(await desk.page())[card]
    assert '<progress value="0.495"' in await desk.page()
    desk.clock.advance(170)
    assert "trained 2 min ago" in cards(await desk.page())[card]
    assert (await desk.page()).count(f'src="/_mock/images/t{id_}-') == 2


async def test_a_prompt_waits_for_its_tune_then_shows_its_images(desk: Any) -> None:
    tune_id = await desk.tune()
    id_ = await desk.prompt(tune_id, num_images=3)
    card = f"p{id_}"
    assert f"on tune {tune_id} · 3 images queued waits for its tune" in cards(await desk.page())[card]
    desk.clock.advance(110)
    assert "rendering 10 s to go" in cards(await desk.page())[card]
    assert f"p{id_}-0" not in await desk.page()
    desk.clock.advance(10)
    assert "done 0 s ago" in cards(await desk.page())[card]
    assert (await desk.page()).count(f'src="/_mock/images/p{id_}-') == 3


async def test_a_failed_prompt_says_why_and_shows_no_image(desk: Any) -> None:
    id_ = await desk.prompt(text="[[fail]]", num_images=1)
    desk.clock.advance(30)
    assert cards(await desk.page())[f"p{id_}"].endswith("1 image failed The prompt was made to fail")
    assert f"p{id_}-0" not in await desk.page()


async def test_a_prompt_that_never_ends_says_so(desk: Any) -> None:
    desk.fake.timings = type(desk.fake.timings)(prompt_trained=float("inf"))
    id_ = await desk.prompt()
    desk.clock.advance(5)
    assert "rendering never ends" in cards(await desk.page())[f"p{id_}"]


async def test_images_are_gone_after_thirty_days(desk: Any) -> None:
    tune_id = await desk.tune()
    id_ = await desk.prompt(tune_id)
    desk.clock.advance(31 * 86400)
    found = cards(await desk.page())
    assert found[f"t{tune_id}"].endswith("trained its images and its model are deleted")
    assert "done its images are deleted" in found[f"p{id_}"]
    assert "<img" not in await desk.page()
    kept = await desk.tune(auto_extend=True)
    desk.clock.advance(31 * 86400)
    assert f't{kept}-0"' in await desk.page()


async def test_a_video_is_a_link(desk: Any) -> None:
    id_ = await desk.prompt(video_model="seedance2", video_prompt="she waves", num_images=1)
    desk.clock.advance(30)
    page = await desk.page()
    assert f'href="/_mock/images/p{id_}-0"' in page
    assert f'src="/_mock/images/p{id_}-0"' not in page


async def test_the_newest_are_shown_and_the_others_are_counted(desk: Any) -> None:
    ids = [await desk.prompt() for _ in range(PROMPTS + 2)]
    page = await desk.page()
    assert [*cards(page)] == [f"p{id_}" for id_ in reversed(ids[2:])]
    assert "and 2 older" in page


async def test_the_last_requests_are_shown_newest_first_with_their_status(desk: Any) -> None:
    await desk.tune()
    await desk.ask("GET", "/tunes?limit=<3>")
    row = re.findall(r'<tr id="r[-\d]+">.*?</tr>', await desk.page(), re.DOTALL)[0]
    assert "<b>GET</b> /tunes?limit=&lt;3&gt;" in row
    assert '<td class="poor">401</td>' in row


async def test_a_text_never_becomes_markup(desk: Any) -> None:
    await desk.prompt(text="<script>alert(1)</script> \ud800 'quoted' \"twice\"")
    await desk.tune(title='"><img src=x onerror=alert(1)>')
    page = await desk.page()
    assert page.count("<script") == 1
    assert "<img src=x" not in page


async def test_the_key_is_not_on_the_page(desk: Any) -> None:
    await desk.tune()
    assert "sd_secret" not in await desk.page()


async def test_every_tag_is_closed_and_every_id_is_unique(desk: Any) -> None:
    tune_id = await desk.tune()
    await desk.prompt(tune_id)
    desk.clock.advance(500)
    for path in ("/", "/_mock/parts"):
        parser = Ids()
        parser.feed((await desk.ask("GET", path)).body.decode())
        assert not parser.open
        assert len(parser.ids) == len(set(parser.ids))
    assert {"clock", "planned", "account", "tunes", "prompts", "requests"} <= set(parser.ids)


async def test_only_scripts_and_styles_with_the_nonce_may_run(desk: Any) -> None:
    answer = await desk.ask("GET", "/")
    policy = answer.headers["content-security-policy"]
    (nonce,) = set(re.findall(r"'nonce-([^']+)'", policy))
    assert "default-src 'none'" in policy
    assert answer.body.decode().count(f'nonce="{nonce}"') == 2
    assert nonce not in (await desk.ask("GET", "/")).body.decode()
    assert " style=" not in answer.body.decode()
    assert not re.search(r" on\w+=", answer.body.decode())


async def test_the_page_reloads_by_itself_without_script(desk: Any) -> None:
    assert '<noscript><meta http-equiv="refresh" content="2"></noscript>' in await desk.page()


async def test_a_clock_that_runs_fast_says_so(desk: Any, make_desk: Any) -> None:
    assert "times faster" not in await desk.page()
    assert "100 times faster" in await make_desk(100).page()


async def test_a_browser_that_asks_for_an_icon_leaves_no_trace(desk: Any) -> None:
    assert (await desk.ask("GET", "/favicon.ico")).status == 204
    assert len(desk.fake.requests) == 0
