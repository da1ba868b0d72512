"""Whatever is encoded, Rails decodes: checked with trees of every shape that a form can hold."""

from __future__ import annotations

import json
from random import Random
from typing import Any

import pytest
from hypothesis import given

from astria_async._codec import encode
from astria_async._wire import Body, FilePart

from ...support.rails import Upload, nested, parse_form, with_lists
from .strategies import FILES, TREES

pytestmark = pytest.mark.anyio


def as_rails_sees_it(node: Any) -> Any:
    """The tree with its leaves as text and uploads."""
    if isinstance(node, dict):
        return {key: as_rails_sees_it(child) for key, child in node.items()}
    if isinstance(node, list):
        return [as_rails_sees_it(child) for child in node]
    if isinstance(node, FilePart):
        assert isinstance(node.source, bytes)
        return Upload(node.name, node.content_type, node.source)
    return node if isinstance(node, str) else json.dumps(node)


@given(tree=TREES, file=FILES, seed=...)
async def test_rails_decodes_a_form_to_the_same_tree(tree: dict[str, Any], file: FilePart, seed: int) -> None:
    tree = {**tree, "a file": file}
    form = encode(Body(tree), Random(seed))
    body = b"".join([chunk async for chunk in form.chunks()])
    assert form.length == len(body)
    assert with_lists(nested(parse_form(form.content_type, body))) == as_rails_sees_it(tree)


@given(tree=TREES)
def test_json_says_the_same_as_the_form(tree: dict[str, Any]) -> None:
    plain = {key: node for key, node in tree.items() if not Body({"": node}).files()}
    form = encode(Body(plain), Random(0))
    assert form.content is not None
    assert json.loads(form.content) == plain
    assert form.length == len(form.content)
