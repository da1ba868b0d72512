"""The contact sheet: one page, no script, no network."""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from html.parser import HTMLParser
from pathlib import Path

import pytest

from astria_async.cli._shared.contact_sheet import Section, render
from astria_async.cli.demo.scenario import SAMPLES

NASTY = """<script>alert("x")</script> & 'more'"""


class Page(HTMLParser):
    """Every tag with its attributes, and the text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with images, one of which has a name that needs quoting."""
    images = tmp_path / "images"
    images.mkdir()
    (images / "7-1.jpg").write_bytes(SAMPLES[0].read_bytes())
    (images / 'a "b" #1?.bin').write_bytes(b"unknown")
    return tmp_path


def page_of(folder: Path) -> str:
    sections = [Section(title=NASTY, note="prompt 7", images=sorted((folder / "images").iterdir()))]
    return render(folder, title="4 <images>", summary="all & well", sections=sections, footer="drawn by <us>")


def test_each_image_is_linked_relative_with_its_size_and_description(folder: Path) -> None:
    first, second = Page(page_of(folder)).all("img")
    assert first == {
        "src": "images/7-1.jpg",
        "alt": f"{NASTY}: image 1 of 2",
        "width": "640",
        "height": "800",
        "loading": "lazy",
        "decoding": "async",
    }
    assert second["src"] == "images/a%20%22b%22%20%231%3F.bin"
    assert "width" not in second


def test_whatever_a_text_holds_is_text(folder: Path) -> None:
    page = Page(page_of(folder))
    assert not page.all("script")
    assert NASTY in page.text
    assert "4 <images>" in page.text
    assert "drawn by <us>" in page.text


def test_it_loads_nothing_but_its_own_pictures_and_style(folder: Path) -> None:
    html = page_of(folder)
    page = Page(html)
    (policy,) = [meta["content"] for meta in page.all("meta") if meta.get("http-equiv") == "Content-Security-Policy"]
    style = re.search(r"<style>(.*)</style>", html, re.DOTALL)
    assert style
    digest = b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert policy == (
        f"default-src 'none'; img-src 'self' file:; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )
    assert "http:" not in html
    assert "https:" not in html
    assert not page.all("link")
    assert not any("style" in attributes for _, attributes in page.tags)


def test_without_a_footer_there_is_none(folder: Path) -> None:
    assert not Page(render(folder, title="", summary="", sections=[])).all("footer")
