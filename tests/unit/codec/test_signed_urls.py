"""A file's URL without what its signer changes each time."""

from __future__ import annotations

import pytest

from astria_async._codec import digest
from astria_async._codec.signed_urls import stable_url

SIGNED = [
    ("https://b.s3.amazonaws.com/a.jpg", "X-Amz-Algorithm=A&X-Amz-Date={}&X-Amz-Expires=60&X-Amz-Signature={}"),
    ("https://storage.googleapis.com/b/a.jpg", "X-Goog-Date={}&X-Goog-Signature={}"),
    ("https://b.s3.amazonaws.com/a.jpg", "AWSAccessKeyId=A&Expires={}&Signature={}"),
    ("https://storage.googleapis.com/b/a.jpg", "GoogleAccessId=A&Expires={}&Signature={}"),
    ("https://a.blob.core.windows.net/c/a.jpg", "sv=2022-11-02&st={}&se={}&sr=b&sp=r&sig={}"),
    ("https://d.cloudfront.net/a.jpg", "Expires={}&Signature={}&Key-Pair-Id=K"),
    ("https://b.oss-eu.aliyuncs.com/a.jpg", "OSSAccessKeyId=A&Expires={}&Signature={}"),
    ("https://b.cos.ap-a.myqcloud.com/a.jpg", "q-sign-algorithm=sha1&q-ak=A&q-sign-time={}&q-signature={}"),
    ("https://p.supabase.co/storage/v1/object/sign/b/a.jpg", "token={}"),
]


@pytest.mark.parametrize(("url", "query"), SIGNED)
def test_two_signatures_of_a_file_are_one_file(url: str, query: str) -> None:
    first, second = (stable_url(f"{url}?{query.format(*[n] * 3)}") for n in (1, 2))
    assert first == second == url


@pytest.mark.parametrize(("url", "query"), SIGNED)
def test_what_tells_files_apart_is_kept(url: str, query: str) -> None:
    assert stable_url(f"{url}?versionId=7&{query}&width=9#x") == f"{url}?versionId=7&width=9#x"
    assert stable_url(f"{url}2?{query}") != stable_url(f"{url}?{query}")


@pytest.mark.parametrize(
    "url",
    ["https://x/a.jpg", "https://x/a.jpg?v=1&Expires=2", "https://x/a.jpg?", "https://x/a.jpg?sig=1", "https://x/a?token=1",
     "https://x/a.jpg?Policy=1#sig=2&sv=3"],
)  # fmt: skip
def test_other_urls_are_as_they_were(url: str) -> None:
    assert stable_url(url) == url


@pytest.mark.anyio
async def test_digest_counts_file_without_its_signature_and_callback_with_it() -> None:
    urls = [f"https://b.s3.amazonaws.com/a.jpg?X-Amz-Signature={n}" for n in (1, 2)]
    for name in ("input_image_url", "source_image_url"):
        one, two = [await digest({name: url}) for url in urls]
        assert one == two
    one, two = [await digest({"image_reference_urls": [url, "https://x/1"]}) for url in urls]
    assert one == two
    one, two = [await digest({"callback": url}) for url in urls]
    assert one != two
