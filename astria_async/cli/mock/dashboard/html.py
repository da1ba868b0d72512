"""The page as HTML. The live parts have ids, by which the page's script finds what changed."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path

from ..._shared.text import short_duration
from .snapshot import CallbackRow, Card, RequestRow, Snapshot

#: Everything that belongs to the page is below this path, except the page itself.
PREFIX = "/_mock/"

#: The buttons for faults: (label, hint, words of the fault).
FAULTS = (
    ("500", "An error, and nothing done", "fail 500"),
    ("504, but done", "The service does it, and answers with a time-out", "processed_then 504"),
    ("504, done later", "The same, but it is done only 60 s later", "processed_later 504 60"),
    ("429", "Too many requests", "rate_limited"),
    ("Drop", "The connection ends, and nothing was done", "drop"),
    ("Drop, but done", "The service does it, and the connection ends", "drop processed"),
    ("Half an answer", "The service does it, and half of its answer arrives", "truncated"),
    ("5 s late", "The usual answer, 5 s later", "delayed 5"),
)
PATTERNS = (
    ("POST *", "creates"),
    ("POST /tunes", "POST /tunes"),
    ("POST /tunes/:id/prompts", "POST /tunes/:id/prompts"),
    ("GET *", "reads"),
    ("GET /tunes/:id", "GET /tunes/:id"),
    ("GET /prompts/:id", "GET /prompts/:id"),
    ("GET /pictures/:name", "images"),
    ("* *", "all requests"),
)
TREATMENTS = (
    ("lose", "Lose it", "It is never sent"),
    ("double", "Double it", "It is sent twice"),
    ("delay", "Delay it", "It is sent 60 s later"),
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
<title>Fake Astria</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg'/%3E">
<noscript><meta http-equiv="refresh" content="2"></noscript>
<style nonce="{nonce}">{_file("page.css")}</style>
</head>
<body>
<header>
<div><h1>Fake Astria</h1><p class="quiet">at <code>{escape(base_url)}</code>, on this machine only</p></div>
{part["clock"]}
<nav aria-label="Parts"><a href="#tunes">Tunes</a> <a href="#prompts">Prompts</a> <a href="#callbacks">Callbacks</a> <a href="#requests">Requests</a></nav>
<p id="lost" role="status" hidden>The mock does not answer. This page keeps trying.</p>
<noscript><p class="quiet">This page reloads every 2 s. <a href="/">Reload now</a></p></noscript>
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
<div class="logs">
{part["callbacks"]}
{part["requests"]}
</div>
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
        "callbacks": _callbacks(shot),
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
        return '<section id="planned" aria-live="polite"><p class="quiet">No fault is planned.</p></section>'
    items = "".join(f"<li><code>{escape(pattern)}</code> {escape(fault)}</li>" for pattern, fault in shot.planned[:12])
    more = f"<li>and {len(shot.planned) - 12} more</li>" if len(shot.planned) > 12 else ""
    clear = _form("clear", "<button>Clear</button>", "Clear the planned faults")
    return (
        '<section id="planned" aria-live="polite"><h2>Planned faults</h2>'
        f'<ol class="plain">{items}{more}</ol>{clear}</section>'
    )


# --- What there is


def _clock(shot: Snapshot) -> str:
    pace = "" if shot.time_scale == 1 else f" <span>{shot.time_scale:g} times faster</span>"
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
    warnings = "".join(f'<p class="warning">{escape(text)}</p>' for text in card.warnings)
    images = "".join(_image(card, number, image) for number, image in enumerate(card.images, 1))
    gallery = f'<div id="{name}-images" class="images">{images}</div>' if images else ""
    return (
        f'<article id="{name}" class="card" aria-label="{card.kind} {card.id}">'
        f'<div id="{name}-head"><h3>{escape(card.title)}</h3><p class="quiet">{card.id} · {facts}</p>'
        f'<p class="row"><span class="state {card.state}">{card.state}</span>{note}</p>{bar}'
        f"{_reference(card)}{warnings}</div>{gallery}</article>"
    )


def _reference(card: Card) -> str:
    mention = f"<code>{escape(card.mention)}</code> " if card.mention else ""
    return f'<p class="quiet reference">{mention}{escape(card.reference)}</p>' if card.reference else ""


def _image(card: Card, number: int, image: str) -> str:
    source, what = f"{PREFIX}images/{image}", f"{card.kind} {card.id}"
    if card.is_video:
        return f'<a href="{source}" target="_blank" rel="noopener">video {number}</a>'
    return (
        f'<a href="{source}" target="_blank" rel="noopener">'
        f'<img src="{source}" width="64" height="80" loading="lazy" alt="image {number} of {what}"></a>'
    )


def _requests(shot: Snapshot) -> str:
    rows = "".join(map(_request, shot.requests))
    if not rows:
        table = '<p id="requests-none" class="empty">No request yet.</p>'
    else:
        head = '<thead id="requests-head"><tr><th>Time</th><th>Request</th><th>Status</th><th>Took</th></tr></thead>'
        table = f'<table id="requests-table">{head}<tbody id="requests-rows">{rows}</tbody></table>'
    return f'<section id="requests"><h2 id="requests-count">Last requests</h2>{table}</section>'


def _request(row: RequestRow) -> str:
    status = "…" if row.is_pending else "none" if row.status is None else str(row.status)
    tone = "pending" if row.is_pending else "bad" if row.status is None else _TONES.get(row.status // 100, "good")
    query = f"?{row.query}" if row.query else ""
    fault = f' <span class="fault">{escape(row.fault)}</span>' if row.fault else ""
    took = "" if row.duration is None else escape(short_duration(row.duration))
    return (
        f'<tr id="{row.id}"><td><time>{row.at:%H:%M:%S}</time></td>'
        f"<td><b>{escape(row.method)}</b> {escape(row.path + query)}{fault}</td>"
        f'<td class="{tone}">{status}</td><td>{took}</td></tr>'
    )


_TONES = {4: "poor", 5: "bad"}


def _callbacks(shot: Snapshot) -> str:
    buttons = "".join(
        f'<button name="next" value="{value}" title="{hint}">{label}</button>' for value, label, hint in TREATMENTS
    )
    words = {value: hint for value, _, hint in TREATMENTS}
    plans = "".join(f"<li>{words[treatment]}</li>" for treatment in shot.treatments[:12])
    clear = '<button name="next" value="none">Clear</button>' if plans else ""
    planned = f'<p class="quiet">The next ones:</p><ol class="plain">{plans}</ol>' if plans else ""
    form = _form("callback", f'<div class="buttons">{buttons}{clear}</div>', "The next callback")
    controls = f'<div id="callbacks-next">{planned}<p class="quiet">The next callback:</p>{form}</div>'
    rows = "".join(map(_callback, shot.callbacks))
    if not rows:
        table = (
            '<p id="callbacks-none" class="empty">No callback yet: give a tune or a prompt a <code>callback</code>.</p>'
        )
    else:
        head = '<thead id="callbacks-head"><tr><th>Done at</th><th>Callback</th><th>State</th></tr></thead>'
        table = f'<table id="callbacks-table">{head}<tbody id="callbacks-rows">{rows}</tbody></table>'
    return f'<section id="callbacks"><h2 id="callbacks-title">Callbacks</h2>{controls}{table}</section>'


def _callback(row: CallbackRow) -> str:
    tone = {"answered": "good", "failed": "bad", "lost": "poor", "due": "pending"}.get(row.state, "pending")
    is_reason = row.state == "failed"
    state = row.state if is_reason or not row.outcome else f"{row.state} {row.outcome}"
    reason = f'<br><span class="fault">{escape(row.outcome)}</span>' if is_reason else ""
    return (
        f'<tr id="{row.id}"><td><time>{row.at:%H:%M:%S}</time></td>'
        f"<td><b>{escape(row.subject)}</b> {escape(row.url)}{reason}</td>"
        f'<td class="{tone}">{escape(state)}</td></tr>'
    )
