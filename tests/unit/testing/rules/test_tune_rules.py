"""What the fake refuses of tunes."""

from __future__ import annotations

from typing import Any

import pytest

from astria_async.testing import FakeAstria

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("params", "errors"),
    [
        ({"name": ""}, {"name": ["can't be blank"]}),
        ({"title": None}, {"title": ["can't be blank"]}),
        ({"base_tune_id": 7}, {"base_tune": ["must exist"]}),
        ({"name": ["man"]}, {"name": ["can't be blank"]}),
        ({"image_urls": []}, {"images": ["can't be blank"]}),
        ({"image_urls": ["photo.jpg"]}, {"image_urls": ["is invalid"]}),
        ({"image_urls": {"0": "https://e.com/1"}}, {"image_urls": ["is invalid"], "images": ["can't be blank"]}),
        ({"images": [{"a": 1}]}, {"images": ["is invalid"]}),
        ({"image_urls": ["https://e.com/1"] * 51}, {"images": ["is too long (maximum is 50)"]}),
        ({"steps": "many"}, {"steps": ["is not a number"]}),
        ({"steps": 1.5}, {"steps": ["must be an integer"]}),
        ({"base_tune_id": 0}, {"base_tune_id": ["must be greater than or equal to 1"], "base_tune": ["must exist"]}),
        ({"callback": "https://e.com/{id}"}, {"callback": ["is invalid"]}),
        ({"callback": "not a url"}, {"callback": ["is invalid"]}),
        ({"prompts_attributes": [{"text": ""}]}, {"prompts.text": ["can't be blank"]}),
        ({"prompts_attributes": ["text"]}, {"prompts": ["is invalid"]}),
    ],
)
async def test_a_tune_that_is_wrong_is_refused_and_not_created(
    api: Any, fake: FakeAstria, params: dict[str, Any], errors: object
) -> None:
    whole = {"name": "man", "title": "T", "image_urls": ["https://e.com/1"], **params}
    assert await api.refused("/tunes", {"tune": whole}) == errors
    assert fake.tunes == ()
