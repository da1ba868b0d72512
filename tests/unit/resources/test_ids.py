"""Ids and slugs: of which kind they have to be, and how they stand in a path."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from astria_async import Pack, ParameterError, Prompt, Tune
from astria_async.models import Order, PackRun, VideoInspection, Workspace

pytestmark = pytest.mark.anyio


class Int64:
    """A whole number of another library, such as numpy's."""

    def __init__(self, value: int) -> None:
        self._value = value

    def __index__(self) -> int:
        return self._value

    def __repr__(self) -> str:
        return f"np.int64({self._value})"


class Row:
    """A row of the caller's own database."""

    id = 5

    def __repr__(self) -> str:
        return "<Row 5>"


Call = Callable[[Any, Any], Any]
CALLS: list[tuple[str, str, Call]] = [
    ("tune", "Tune", lambda astria, value: astria.tunes.retrieve(value)),
    ("tune", "Tune", lambda astria, value: astria.tunes.delete(value)),
    ("tune", "Tune", lambda astria, value: astria.tunes.update(value, name="cat")),
    ("tune", "Tune", lambda astria, value: astria.prompts.create(value, text="x")),
    ("prompt", "Prompt", lambda astria, value: astria.prompts.retrieve(value)),
    ("prompt", "Prompt", lambda astria, value: astria.prompts.delete(value)),
    ("prompt", "Prompt", lambda astria, value: astria.prompts.like(value)),
    ("prompt", "Prompt", lambda astria, value: astria.prompts.duplicate(value)),
    ("pack", "Pack", lambda astria, value: astria.packs.retrieve(value)),
    ("pack", "Pack", lambda astria, value: astria.packs.run(value, tune_ids=[7])),
    ("base_tune_id", "Tune", lambda astria, value: astria.packs.create(title="x", base_tune_id=value)),
    ("tunes[0]", "Tune", lambda astria, value: astria.themes.create(theme="x", tunes=[value])),
    ("tunes[0]", "Tune", lambda astria, value: astria.videos.inspect(file="https://x.y/v", tunes=[value])),
    ("inspection", "VideoInspection", lambda astria, value: astria.videos.retrieve_inspection(value)),
    ("workspace", "Workspace", lambda astria, value: astria.account.workspaces.retrieve(value)),
]
OBJECTS = [Tune(id=7), Prompt(id=7), Pack(id=7), Order(id=7), Workspace(id=7), VideoInspection(id=7), PackRun()]


@pytest.mark.parametrize(("parameter", "kind", "call"), CALLS)
async def test_an_object_of_another_kind_is_refused(
    parameter: str, kind: str, call: Call, client: Any, answers: Any
) -> None:
    service = answers({"id": 7})
    article = "a"
    for value in OBJECTS:
        if type(value).__name__ != kind:
            with pytest.raises(ParameterError) as caught:
                await call(client(service), value)
            given = type(value).__name__
            article = "an" if given == "Order" else "a"
            assert str(caught.value) == f"{parameter}: {article} {given} was given; pass a {kind} or its id"
    assert service.requests == []


@pytest.mark.parametrize(("parameter", "kind", "call"), CALLS)
async def test_an_id_of_another_library_is_taken(
    parameter: str, kind: str, call: Call, client: Any, answers: Any
) -> None:
    service = answers({"id": 7})
    await call(client(service), Int64(7))
    (request,) = service.requests
    assert "np.int64" not in request.url
    assert "7" in request.url or "7" in str(request.body.tree)


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("7", "tune: '7' is not an id; pass a Tune or its id, as int('7')"),
        ("x", "tune: 'x' is not an id; pass a Tune or its id"),
        (b"7", "tune: b'7' is not an id; pass a Tune or its id"),
        (7.0, "tune: 7.0 is not an id; pass a Tune or its id"),
        (True, "tune: True is not an id; pass a Tune or its id"),
        (None, "tune: None is not an id; pass a Tune or its id"),
        (Row(), "tune: <Row 5> is not an id; pass a Tune or its id, here the .id of the Row"),
        (0, "tune: 0 is not an id; pass a Tune or its id"),
        (Int64(-1), "tune: -1 is not an id; pass a Tune or its id"),
    ],
)
async def test_what_is_not_an_id_is_refused_with_the_remedy(
    value: Any, problem: str, client: Any, answers: Any
) -> None:
    service = answers({"id": 7})
    with pytest.raises(ParameterError) as caught:
        await client(service).tunes.retrieve(value)
    assert str(caught.value) == problem
    assert service.requests == []


@pytest.mark.parametrize(
    ("slug", "path"),
    [("corporate-headshots", "corporate-headshots"), ("a?b", "a%3Fb"), ("a#b", "a%23b"), ("a%2Fb", "a%252Fb"),
     ("größe", "gr%C3%B6%C3%9Fe"), ("a b", "a%20b"), ("a;b=c&d", "a%3Bb%3Dc%26d"), ("...", "...")],
)  # fmt: skip
async def test_a_slug_is_quoted(slug: str, path: str, client: Any, answers: Any) -> None:
    service = answers({"id": 7})
    await client(service).packs.retrieve(slug)
    assert service.sent == [f"GET /p/{path}"]


@pytest.mark.parametrize("slug", ["", ".", "..", "/", "a/b", "../tunes", "a\\b", " a", "a\n", "a\0", "a\x7f", "\udc80"])
async def test_a_slug_that_would_be_another_path_is_refused(slug: str, client: Any, answers: Any) -> None:
    service = answers({"id": 7})
    astria = client(service)
    for call in (astria.packs.retrieve(slug), astria.packs.run(slug, tune_ids=[1])):
        with pytest.raises(ParameterError, match="^pack: .* is not a slug; pass a Pack, its id, or its slug, such as"):
            await call
    assert service.requests == []
