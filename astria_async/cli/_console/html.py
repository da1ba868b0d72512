"""What is shown, as HTML. The live parts have ids, by which the page's script finds what changed."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path

from .views import Card, Seen, Snapshot

#: Where everything of the page lies, besides the page itself.
PREFIX = "/_mock/"

#: What the buttons offer: (label, hint, words of the fault).
FAULTS = (
    ("500", "An error, and nothing done", "fail 500"),
    ("504, but done", "The service acts, and the answer is a time-out's", "processed_then 504"),
    ("504, done later", "The same, but it acts only 60 s later", "processed_later 504 60"),
    ("429", "Too many requests", "rate_limited"),
    ("Drop", "The connection ends, and nothing was done", "drop"),
    ("Drop, but done", "The connection ends after the service acted", "drop processed"),
    ("Half an answer", "The service acts, and half of its answer arrives", "truncated"),
    ("5 s late", "The usual answer, 5 s later", "delayed 5"),
)
PATTERNS = (
    ("POST *", "creates"),
    ("POST /tunes", "POST /tunes"),
    ("POST /tunes/:id/prompts", "POST /tunes/:id/prompts"),
    ("GET *", "reads"),
    ("GET /tunes/:id", "GET /tunes/:id"),
    ("GET /prompts/:id", "GET /prompts/:id"),
    ("GET /pictures/:name", "pictures"),
    ("* *", "all requests"),
)
TIMES = (("1", "the next one"), ("3", "the next three"), ("always", "every one"))
STEPS = ((10, "+10 s"), (60, "+1 min"), (600, "+10 min"), (86400, "+1 day"))


def page(shot: Snapshot, *, base_url: str, nonce: str) -> str:
    """The whole page."""
    part = parts(shot, base_url=base_url)
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Astria stand-in</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg'/%3E">
<noscript><meta http-equiv="refresh" content="2"></noscript>
<style nonce="{nonce}">{_file("page.css")}</style>
</head>
<body>
<header>
<div><h1>Astria stand-in</h1><p class="quiet">at <code>{escape(base_url)}</code>, on this machine only</p></div>
{part["clock"]}
<nav aria-label="Parts"><a href="#tunes">Tunes</a> <a href="#prompts">Prompts</a> <a href="#requests">Requests</a></nav>
<p id="lost" role="status" hidden>The stand-in does not answer; the page keeps trying.</p>
<noscript><p class="quiet">The page loads anew every 2 s. <a href="/">Load it now</a></p></noscript>
</header>
<aside aria-label="Controls">
{_fault_form()}
{part["planned"]}
<div class="row">
{part["account"]}
{_clock_form()}
</div>
</aside>
<main>
{part["tunes"]}
{part["prompts"]}
</main>
{part["requests"]}
<script nonce="{nonce}">{_file("page.js")}</script>
</body>
</html>
"""


def fragment(shot: Snapshot, *, base_url: str) -> str:
    """The live parts alone, one after another."""
    return "\n".join(parts(shot, base_url=base_url).values())


def parts(shot: Snapshot, *, base_url: str) -> dict[str, str]:
    """The live parts, by id."""
    key = "ASTRIA_API_KEY=sd_anything"
    start = f"No tune yet. Point a client here: <code>ASTRIA_BASE_URL={escape(base_url)}</code> <code>{key}</code>"
    older_prompts = "No prompt yet."
    return {
        "clock": _clock(shot),
        "planned": _planned(shot),
        "account": _account(shot),
        "tunes": _cards("tunes", "Tunes", shot.tunes, shot.older_tunes, start),
        "prompts": _cards("prompts", "Prompts", shot.prompts, shot.older_prompts, older_prompts),
        "requests": _requests(shot),
    }


def _file(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


# --- The controls


def _form(action: str, content: str, label: str) -> str:
    return f'<form method="post" action="{PREFIX}{action}" aria-label="{label}">{content}</form>'


def _options(options: Sequence[tuple[str, str]]) -> str:
    return "".join(f'<option value="{escape(value)}">{escape(label)}</option>' for value, label in options)


def _fault_form() -> str:
    buttons = "".join(
        f'<button name="fault" value="{words}" title="{hint}">{label}</button>' for label, hint, words in FAULTS
    )
    return "<section><h2>Make it fail</h2>" + _form(
        "fault",
        f'<div class="row"><label>Which requests <select name="pattern">{_options(PATTERNS)}</select></label>'
        f'<label>How many <select name="times">{_options(TIMES)}</select></label></div>'
        f'<div class="buttons">{buttons}</div>',
        "Make it fail",
    ) + "</section>"  # fmt: skip


def _clock_form() -> str:
    buttons = "".join(f'<button name="seconds" value="{seconds}">{label}</button>' for seconds, label in STEPS)
    return (
        "<section><h2>Put the clock forward</h2>"
        + _form("advance", f'<div class="buttons">{buttons}</div>', "Put the clock forward")
        + "</section>"
    )


def _account(shot: Snapshot) -> str:
    is_on = shot.idempotency
    now, then, value = ("on", "Turn off", "off") if is_on else ("off", "Turn on", "on")
    button = f'<button name="idempotency" value="{value}">{then}</button>'
    return (
        f'<section id="account"><h2>Idempotency</h2><div class="row"><span class="state {now}">{now}</span>'
        f"{_form('idempotency', button, 'Idempotency')}</div></section>"
    )


def _planned(shot: Snapshot) -> str:
    if not shot.planned:
        return '<section id="planned" aria-live="polite"><p class="quiet">Nothing is planned to fail.</p></section>'
    items = "".join(f"<li><code>{escape(pattern)}</code> {escape(fault)}</li>" for pattern, fault in shot.planned[:12])
    more = f"<li>and {len(shot.planned) - 12} more</li>" if len(shot.planned) > 12 else ""
    clear = _form("clear", "<button>Forget them</button>", "Forget what is planned")
    return (
        '<section id="planned" aria-live="polite"><h2>Planned to fail</h2>'
        f'<ol class="plain">{items}{more}</ol>{clear}</section>'
    )


# --- What there is


def _clock(shot: Snapshot) -> str:
    pace = "" if shot.time_scale == 1 else f" <span>{shot.time_scale:g} times as fast</span>"
    return (
        f'<p id="clock" class="quiet"><time datetime="{shot.now.isoformat(timespec="seconds")}">'
        f"{shot.now:%Y-%m-%d} <b>{shot.now:%H:%M:%S}</b> UTC</time>{pace}</p>"
    )


def _cards(id_: str, title: str, cards: Sequence[Card], older: int, empty: str) -> str:
    count = len(cards) + older
    shown = "".join(_card(card) for card in cards) or f'<p id="{id_}-none" class="empty">{empty}</p>'
    more = f'<p id="{id_}-older" class="quiet">and {older} older</p>' if older else ""
    heading = f'<h2 id="{id_}-count">{title} <span class="count">{count}</span></h2>'
    return f'<section id="{id_}">{heading}<div id="{id_}-cards" class="cards">{shown}</div>{more}</section>'


def _card(card: Card) -> str:
    name = f"{card.kind[0]}{card.id}"
    facts = " · ".join(map(escape, card.facts))
    bar = (
        "" if card.progress is None else f'<progress value="{card.progress:.3f}" aria-label="{card.state}"></progress>'
    )
    note = f'<span class="quiet">{escape(card.note)}</span>' if card.note else ""
    pictures = "".join(_picture(card, number, picture) for number, picture in enumerate(card.pictures, 1))
    gallery = f'<div id="{name}-pictures" class="pictures">{pictures}</div>' if pictures else ""
    return (
        f'<article id="{name}" class="card" aria-label="{card.kind} {card.id}">'
        f'<div id="{name}-head"><h3>{escape(card.title)}</h3><p class="quiet">{card.id} · {facts}</p>'
        f'<p class="row"><span class="state {card.state}">{card.state}</span>{note}</p>{bar}</div>{gallery}</article>'
    )


def _picture(card: Card, number: int, picture: str) -> str:
    source, what = f"{PREFIX}pictures/{picture}", f"{card.kind} {card.id}"
    if card.is_video:
        return f'<a href="{source}" target="_blank" rel="noopener">video {number}</a>'
    return (
        f'<a href="{source}" target="_blank" rel="noopener">'
        f'<img src="{source}" width="64" height="80" loading="lazy" alt="picture {number} of {what}"></a>'
    )


def _requests(shot: Snapshot) -> str:
    rows = "".join(_request(seen, fault) for seen, fault in shot.requests)
    if not rows:
        table = '<p id="requests-none" class="empty">Nothing has arrived yet.</p>'
    else:
        head = '<thead id="requests-head"><tr><th>Time</th><th>Request</th><th>Status</th><th>Took</th></tr></thead>'
        table = f'<table id="requests-table">{head}<tbody id="requests-rows">{rows}</tbody></table>'
    return f'<section id="requests"><h2 id="requests-count">Last requests</h2>{table}</section>'


def _request(seen: Seen, fault: str | None) -> str:
    ended = seen.seconds is not None
    status = str(seen.status) if seen.status is not None else "none" if ended else "…"
    tone = "pending" if not ended else "bad" if seen.status is None else _TONES.get(seen.status // 100, "good")
    query = f"?{seen.query}" if seen.query else ""
    planned = f' <span class="fault">{escape(fault)}</span>' if fault else ""
    return (
        f'<tr id="r{seen.number}"><td><time>{seen.at:%H:%M:%S}</time></td>'
        f"<td><b>{escape(seen.method)}</b> {escape(seen.path + query)}{planned}</td>"
        f'<td class="{tone}">{status}</td><td>{took(seen.seconds)}</td></tr>'
    )


_TONES = {4: "poor", 5: "bad"}


def took(seconds: float | None) -> str:
    """How long a request took: `3 ms`, `1.25 s`; nothing while it has not ended."""
    if seconds is None:
        return ""
    if seconds < 0.001:
        return "&lt;1 ms"
    return f"{seconds * 1000:.0f} ms" if seconds < 0.9995 else f"{seconds:.2f} s"
