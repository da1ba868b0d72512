"""URLs of images: read in one way only, and shown without secrets."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astria_async.downloads._urls import RefusedError, hide_secrets, parse_redirect, parse_target, show_url


@pytest.mark.parametrize(
    ("url", "sent", "host", "port"),
    [
        ("https://mp.astria.ai/a", "https://mp.astria.ai/a", "mp.astria.ai", 443),
        ("  https://MP.Astria.ai./a\n", "https://mp.astria.ai/a", "mp.astria.ai", 443),
        ("http://x.y:8080", "http://x.y:8080/", "x.y", 8080),
        ("https://bücher.example/ü b?q=ü#part", "https://xn--bcher-kva.example/%C3%BC%20b?q=%C3%BC", "xn--bcher-kva.example", 443),
        ("https://s3.x.y/a?X-Sig=a%2Fb%3D&x=%20", "https://s3.x.y/a?X-Sig=a%2Fb%3D&x=%20", "s3.x.y", 443),
        ("https://[2606:4700::1111]:444/a", "https://[2606:4700::1111]:444/a", "2606:4700::1111", 444),
        ("https://user:pw@x.y/a", "https://user:pw@x.y/a", "x.y", 443),
        ("https://１２７.０.０.１/a", "https://127.0.0.1/a", "127.0.0.1", 443),
    ],
)  # fmt: skip
def test_a_url_is_sent_in_one_form(url: str, sent: str, host: str, port: int) -> None:
    target = parse_target(url)
    assert (target.url, target.host, target.port) == (sent, host, port)


@pytest.mark.parametrize(
    "url",
    [
        "", "x", "/a", "file:///etc/passwd", "ftp://x.y/a", "data:image/png;base64,AAAA", "javascript:alert(1)", "https:",
        "https://", "https:///x.y", "http://[oops/", "http://[::1%25eth0]/", "http://x.y:port/", "http://x.y:0/",
        "http://x.y:70000/", "http://x y/", "http://x.y/a\nb", "http://x..y/", "http://%31%32%37.0.0.1/", "http://x\\@y/",
        "http://a@b@c/", "http://x.y\x00/", "http://" + "a" * 64 + ".y/", "http://2130706433/", "http://0x7f.1/",
        "http://0177.0.0.1/", "http://127.1/", "http://1.2.3.4.5/", "http://256.1.1.1/", "http://0/", "http://127.0.0.0x1/",
        "http://\u2488.x/", "http://x.y\u2100/",
    ],
)  # fmt: skip
def test_what_is_not_a_url_is_refused(url: str) -> None:
    with pytest.raises(RefusedError):
        parse_target(url)


@given(st.text(max_size=60) | st.text(":/?#@[]%.\\ \t\n0123456789abcdefx", max_size=30).map("http://".__add__))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        target = parse_target(text)
    except RefusedError:
        return
    assert parse_target(target.url) == target, "it is read in the same way once more"
    assert urlsplit(target.url).hostname == target.host
    assert target.url.isascii()
    assert target.url.isprintable()


@given(st.text(max_size=60))
def test_any_location_is_read_or_refused(location: str) -> None:
    try:
        target = parse_redirect(parse_target("https://x.y/a/b"), location)
    except RefusedError:
        return
    assert target.scheme == "https"


@pytest.mark.parametrize(
    ("location", "sent"),
    [
        ("c", "https://x.y/a/c"), ("/c", "https://x.y/c"), ("//z.y/c", "https://z.y/c"), ("?q", "https://x.y/a/b?q"),
        ("https://z.y", "https://z.y/"), ("../../../c", "https://x.y/c"),
    ],
)  # fmt: skip
def test_a_redirect_may_be_relative(location: str, sent: str) -> None:
    assert parse_redirect(parse_target("https://x.y/a/b"), location).url == sent


def test_a_redirect_never_leaves_https() -> None:
    with pytest.raises(RefusedError, match="from https to http"):
        parse_redirect(parse_target("https://x.y/"), "http://x.y/")
    assert parse_redirect(parse_target("http://x.y/"), "https://x.y/").scheme == "https"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://user:pw@x.y/a?sig=secret#part", "https://x.y/a"),
        ("http://user:pw@[oops/?sig=secret", "http://[oops/"),
        ("https://x.y/a\nb", "https://x.y/a?b"),
        ("//user@x.y/a", "//x.y/a"),
        ("https://x.y/@b", "https://x.y/@b"),
        ("", ""),
    ],
)
def test_an_error_shows_no_password_and_no_query(url: str, shown: str) -> None:
    assert show_url(url) == shown


def test_a_long_url_is_cut() -> None:
    assert len(show_url("https://x.y/" + "a" * 5000)) == 200


def test_a_librarys_message_loses_the_secrets_of_its_urls() -> None:
    message = "cannot connect to https://u:p@x.y/a?sig=s, tried HTTP://x.y:1/b#c"
    assert hide_secrets(message) == "cannot connect to https://x.y/a tried HTTP://x.y:1/b"
