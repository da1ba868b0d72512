"""URLs: checked as a whole, and written as they go out."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astria_async._values.urls import host_of, is_loopback, shown_url, web_url


@pytest.mark.parametrize(
    "url",
    [
        "https://bucket.s3.amazonaws.com/a%20b.jpg?X-Amz-Credential=A%2F1&X-Amz-Signature=0a",
        "https://storage.googleapis.com/b/o.png?X-Goog-Algorithm=GOOG4&x=~!$&'()*+,;=:@/?",
        "https://a.blob.core.windows.net/c/x.jpg?sv=2022-11-02&sig=a%2Bb%3D",
        "http://user:pass@localhost:3000/x",
        "https://[2001:db8::1]:8443/x#y",
        "https://xn--bcher-kva.example/",
        "HTTPS://Example.COM",
        "https://example.com.:443/%7E",
    ],
)
def test_a_url_that_is_whole_is_kept_byte_for_byte(url: str) -> None:
    assert web_url(url) == url


@pytest.mark.parametrize(
    ("url", "sent"),
    [
        (" https://x.example/1.jpg\r\n", "https://x.example/1.jpg"),
        ("\ufeffhttps://x.example/1.jpg", "https://x.example/1.jpg"),
        ("https://x.example/a b.jpg", "https://x.example/a%20b.jpg"),
        ("https://x.example/100%.jpg", "https://x.example/100%25.jpg"),
        ("https://bücher.example:8443/ä?ö=ü", "https://xn--bcher-kva.example:8443/%C3%A4?%C3%B6=%C3%BC"),
        ("https://例え.テスト/", "https://xn--r8jz45g.xn--zckzah/"),
        ("https://u@BÜCHER.example", "https://u@xn--bcher-kva.example"),
    ],
)
def test_a_url_is_written_as_it_goes_out(url: str, sent: str) -> None:
    assert web_url(url) == sent
    assert web_url(sent) == sent


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("", "begin it with https://"),
        ("nonsense", "begin it with https://"),
        ("C:\\a.jpg", "begin it with https://"),
        ("ftp://x.example/", "begin it with https://"),
        ("//x.example/", "begin it with https://"),
        ("https:/x.example", "begin it with https://"),
        ("https://", "does not name a host"),
        ("https:///a.jpg", "does not name a host"),
        ("https://:80/", "does not name a host"),
        ("https://user@/", "does not name a host"),
        ("https://x.example:port/", "its port"),
        ("https://x.example:0/", "its port"),
        ("https://x.example:65536/", "its port"),
        ("https://x.example:²/", "its port"),
        ("https://[::1/", "not an IPv6 address"),
        ("https://[1.2.3.4]/", "not an IPv6 address"),
        ("https://[fe80::1%25eth0]/", "not an IPv6 address"),
        ("https://x.example\\@evil.example/", "can be read in two ways"),
        ("https://a@b@evil.example/", "can be read in two ways"),
        (f"https://{'a' * 64}.example/", "its host is not valid"),
        (f"https://{'a.' * 130}example/", "its host is not valid"),
        ("https://a b/", "its host is not valid"),
        ("https://a..b/", "its host is not valid"),
        ("https://a%2eb/", "its host is not valid"),
        ("https://ℂ℀.example/", "its host is not valid"),
        ("https://" + "ä" * 64 + ".example/", "its host is not valid"),
        ("https://straße.example/", "two spellings"),
        ("https://x.example/a\nb", "control character"),
        ("https://x.example/\x00", "control character"),
        ("https://x.example\t/", "control character"),
        ("https://x.example/\udc80", "surrogate pair"),
    ],
)
def test_a_url_that_is_not_whole_is_refused(url: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        web_url(url)


@given(st.text(), st.sampled_from(["https://", "http://x.example/", "https://x.example:", "https://["]))
def test_any_text_is_a_url_or_has_its_problem_told(text: str, prefix: str) -> None:
    try:
        url = web_url(prefix + text)
    except ValueError as error:
        assert len(str(error)) < 120
    else:
        assert url.isascii()
        assert web_url(url) == url
        assert urlsplit(url).hostname


def test_a_message_shows_neither_user_name_nor_query() -> None:
    shown = shown_url("https://user:pass@x.example/" + "a" * 100 + "?sig=secret#secret")
    assert "pass" not in shown
    assert "secret" not in shown
    assert len(shown) == 62


@pytest.mark.parametrize(
    ("url", "host"), [("https://X.example:1/", "x.example"), ("http://[::1]:3000", "::1"), ("https://[x", ""), ("", "")]
)
def test_the_host_of_a_url(url: str, host: str) -> None:
    assert host_of(url) == host


@pytest.mark.parametrize(
    ("host", "told"),
    [("localhost", True), ("a.localhost.", True), ("127.9.9.9", True), ("::1", True), ("10.0.0.1", False), ("", False)],
)
def test_loopback_is_told_by_name_and_address(host: str, told: bool) -> None:
    assert is_loopback(host) is told
