"""A contact sheet: one page of HTML that opens in any browser, with no script and no network."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Sequence
from hashlib import sha256
from html import escape
from pathlib import Path
from urllib.parse import quote

from attrs import frozen

from .image_size import size_of

_STYLE = """
:root { color-scheme: light dark; --ink: #22262e; --soft: #5d6675; --paper: #f6f5f2; --card: #ffffff; --edge: #dfddd6;
  --blank: #eceae4; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8e6e1; --soft: #a3a9b4; --paper: #15171b; --card: #1f2228; --edge: #333842; --blank: #2a2e36; }
}
* { box-sizing: border-box; }
body { margin: 0; padding: clamp(1rem, 4vw, 3rem); background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
header, main, footer { max-width: 84rem; margin-inline: auto; }
h1 { margin: 0; font-size: clamp(1.5rem, 4vw, 2.25rem); line-height: 1.2; letter-spacing: -0.01em; }
header p { margin: 0.5rem 0 0; color: var(--soft); overflow-wrap: anywhere; }
main { display: grid; gap: 1.25rem; margin-block: 2rem;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 34rem), 1fr)); }
section { padding: 1rem; background: var(--card); border: 1px solid var(--edge); border-radius: 0.75rem; }
h2 { margin: 0 0 0.75rem; font-size: 1rem; font-weight: 600; line-height: 1.4; overflow-wrap: anywhere; }
h2 small { display: block; font-weight: 400; font-size: 0.8125rem; color: var(--soft); }
.images { display: grid; gap: 0.5rem; grid-template-columns: repeat(auto-fill, minmax(7.5rem, 1fr)); }
.images a { display: block; border-radius: 0.375rem; }
.images a:focus-visible { outline: 3px solid #3b82f6; outline-offset: 2px; }
img { display: block; width: 100%; height: auto; border-radius: 0.375rem; background: var(--blank); }
footer { color: var(--soft); font-size: 0.875rem; }
@media print { body { padding: 0; } section { break-inside: avoid; } }
"""
_STYLE_HASH = b64encode(sha256(_STYLE.encode()).digest()).decode()
#: Nothing but this page's own images and style: 'self' if it is served, file: if it is opened from a folder.
_POLICY = (
    f"default-src 'none'; img-src 'self' file:; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; form-action 'none'"
)


@frozen(kw_only=True)
class Section:
    """A group of images: `title` is its heading, `note` a line below it."""

    title: str
    note: str
    images: Sequence[Path]


def render(folder: Path, *, title: str, summary: str, sections: Sequence[Section], footer: str = "") -> str:
    """The page, for a file in `folder`: links to images are relative to it."""
    return "\n".join(_page(folder, title, summary, sections, footer)) + "\n"


def _page(folder: Path, title: str, summary: str, sections: Sequence[Section], footer: str) -> Iterator[str]:
    yield "<!doctype html>"
    yield '<html lang="en">'
    yield '<meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield '<meta name="referrer" content="no-referrer">'
    yield f"<title>{escape(title)}</title>"
    yield f"<style>{_STYLE}</style>"
    yield f"<header><h1>{escape(title)}</h1><p>{escape(summary)}</p></header>"
    yield "<main>"
    for section in sections:
        yield f"<section><h2>{escape(section.title)} <small>{escape(section.note)}</small></h2>"
        yield '<div class="images">'
        for number, path in enumerate(section.images, 1):
            yield _image(folder, path, f"{section.title}: image {number} of {len(section.images)}")
        yield "</div></section>"
    yield "</main>"
    if footer:
        yield f"<footer><p>{escape(footer)}</p></footer>"
    yield "</html>"


def _image(folder: Path, path: Path, description: str) -> str:
    link = escape(quote(path.relative_to(folder).as_posix()))
    size = size_of(path)
    measures = f' width="{size[0]}" height="{size[1]}"' if size else ""
    alt = escape(description)
    return f'<a href="{link}"><img src="{link}" alt="{alt}"{measures} loading="lazy" decoding="async"></a>'
