"""URLs as they go out: the same on every transport, whatever its library makes of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astria_async import TransportError
from astria_async.transports._url import target_of


@pytest.mark.parametrize(
    ("url", "sent"),
    [
        ("https://api.astria.ai/tunes?limit=1", "https://api.astria.ai/tunes?limit=1"),
        ("HTTPS://API.Astria.ai", "https://api.astria.ai/"),
        ("http://127.0.0.1:80/a", "http://127.0.0.1/a"),
        ("http://[::1]:8000/a", "http://[::1]:8000/a"),
        ("https://a.example./a?", "https://a.example./a?"),
        ("https://bücher.example/ä.jpg?ö=ü", "https://xn--bcher-kva.example/%C3%A4.jpg?%C3%B6=%C3%BC"),
        ("https://a.example/a%2Fb%20c/100%?sig=a%2Bb+c%3D", "https://a.example/a%2Fb%20c/100%?sig=a%2Bb+c%3D"),
        ("https://a.example/a b?c d", "https://a.example/a%20b?c%20d"),
        ("https://a.example/[a]|b?x[]=1|2", "https://a.example/[a]|b?x[]=1|2"),
        ("https://a.example/a/./b/../c/%2e%2E/d", "https://a.example/a/d"),
        ("https://a.example/../..", "https://a.example/"),
        ("https://a.example/a/b/..", "https://a.example/a/"),
        ("https://a.example//a//b", "https://a.example//a//b"),
        ("https://a.example/a#fragment?x", "https://a.example/a"),
    ],
)
def test_a_url_is_sent_escaped_as_it_is(url: str, sent: str) -> None:
    assert target_of(url).url == sent


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("", "it has to begin with http:// or https:// and a host"),
        ("//a.example/", "it has to begin with http"),
        ("ftp://a.example/", "it has to begin with http"),
        ("https:///a", "it has to begin with http"),
        ("https://a.example/\n", "it has control characters"),
        ("https://a b.example/", "'a b.example' is not a host name"),
        ("https://a..b/", "'a..b' is not a host name"),
        ("https://-a.example/", "'-a.example' is not a host name"),
        (f"https://{'a' * 64}.example/", "is not a host name"),
        ("https://a%2eb/", "'a%2eb' is not a host name"),
        ("https://\u2024\u2024/", "not allowed"),
        ("https://a.example:99999/", "Port out of range"),
        ("https://a.example:0/", "port 0 does not exist"),
        ("https://a.example:b/", "Port could not be cast"),
        ("https://::1/", "it has to begin with http"),
        ("https://a::1/", "Port could not be cast"),
        ("https://[::1/", "Invalid IPv6 URL"),
        ("https://[oops]/", "oops"),
        ("https://ann:secret@a.example/", "a user name or password cannot stand in it"),
    ],
)
def test_what_is_not_a_url_was_certainly_not_sent(url: str, told: str) -> None:
    with pytest.raises(TransportError, match=told) as caught:
        target_of(url)
    assert caught.value.request_was_sent is False
    assert "secret" not in str(caught.value)
    assert caught.value.__context__ is None


@given(st.text())
def test_whatever_is_given_is_sent_in_ascii_or_refused(text: str) -> None:
    for url in (f"https://a.example/{text}", f"https://{text}/", text):
        try:
            target = target_of(url)
        except TransportError:
            continue
        assert target.url.isascii()
        assert target.url.isprintable()
        assert " " not in target.url
        assert target_of(target.url) == target
