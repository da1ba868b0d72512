"""Signed URLs: what they carry comes back, and nothing else is believed."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astria_async import CallbackError, ConfigurationError, ParameterError
from astria_async.callbacks import CallbackSigner

SECRET = "0123456789abcdef-not-for-production"
OLD = "another-secret-of-last-year-0123"
BASE = "https://shop.example/hooks"


@pytest.fixture
def signer() -> CallbackSigner:
    return CallbackSigner(SECRET, BASE)


NAMES = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=8).filter(
    lambda name: name[0] != "_" and name not in ("self", "path")
)
VALUES = st.text(st.characters(exclude_categories=("Cs",)), max_size=12) | st.integers(-(10**12), 10**12)


def test_url_is_the_same_for_the_same_context(signer: CallbackSigner) -> None:
    again = CallbackSigner(SECRET.encode(), BASE + "/", previous=[OLD])
    assert signer.url("/astria", user_id=1, order="a b") == again.url("/astria", order="a b", user_id=1)
    assert signer.url("/astria", user_id=1) != signer.url("/astria", user_id=2)
    assert signer.url("/astria", user_id=1) != signer.url("/other", user_id=1)


def test_url_has_the_documented_form(signer: CallbackSigner) -> None:
    url = signer.url("/astria", order="a&b", user_id=17, workspace_id=None)
    assert url.startswith("https://shop.example/hooks/astria?order=a%26b&user_id=17&_key=")
    assert SECRET not in url


@given(st.dictionaries(NAMES, VALUES, max_size=4))
def test_verify_gives_each_context_back_as_text(context: dict[str, str | int]) -> None:
    signer = CallbackSigner(SECRET, BASE)
    assert signer.verify(signer.url("/astria", **context)) == {name: str(value) for name, value in context.items()}


@given(
    st.dictionaries(NAMES, VALUES, max_size=3), st.integers(0, 400), st.characters(min_codepoint=33, max_codepoint=126)
)
def test_verify_refuses_each_url_with_another_character(context: dict[str, str | int], at: int, other: str) -> None:
    signer = CallbackSigner(SECRET, BASE)
    url = signer.url("/astria", **context)
    begin = len(BASE)
    at = begin + at % (len(url) - begin)
    changed = url[:at] + other + url[at + 1 :]
    if changed == url:
        assert signer.verify(changed)
    else:
        with pytest.raises(CallbackError):
            signer.verify(changed)


def test_verify_does_not_look_at_scheme_and_host(signer: CallbackSigner) -> None:
    url = signer.url("/astria", order=17)
    behind_a_proxy = url.replace("https://shop.example", "http://10.0.0.3:8000")
    path_and_query = url.removeprefix("https://shop.example")
    assert signer.verify(behind_a_proxy) == signer.verify(path_and_query) == {"order": "17"}


def test_verify_takes_paths_without_the_bases(signer: CallbackSigner) -> None:
    url = signer.url("/astria", order=17)
    assert signer.verify(url.removeprefix(BASE)) == {"order": "17"}


def test_verify_knows_previous_secrets() -> None:
    url = CallbackSigner(OLD, BASE).url("/astria", order=17)
    assert CallbackSigner(SECRET, BASE, previous=[OLD]).verify(url) == {"order": "17"}
    with pytest.raises(CallbackError, match="a secret that is not known here"):
        CallbackSigner(SECRET, BASE).verify(url)


Change = Callable[[str], str]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda url: url + "&order=17", "stands there twice"),
        (lambda url: url + "&extra=1", "does not fit"),
        (lambda url: url.replace("order=17", "order=%31%37"), "does not fit"),
        (lambda url: url.replace("order=17", "order=18"), "does not fit"),
        (lambda url: url.replace("order=17&", ""), "does not fit"),
        (lambda url: url.replace("?order=17&_key", "?_key").replace("&_sig", "&order=17&_sig"), "does not fit"),
        (lambda url: url.partition("?")[0], "has no value"),
        (lambda url: url.partition("&_signature")[0], "not signed"),
        (lambda url: url.replace("/astria", "/other"), "does not fit"),
        (lambda url: url.replace("/astria", "/astria/"), "does not fit"),
        (lambda url: url.replace("order=17", "order=%ff"), "not UTF-8"),
        (lambda url: url + "#", "fragment"),
        (lambda url: url + "&", "has no value"),
        (lambda url: url.replace("order", "\u00f6rder"), "not a URL of this signer"),
        (lambda url: url + "&x=" + "x" * 4000, "not a URL of this signer"),
        (lambda url: "https://[?" + url, "not a URL"),
    ],
)
def test_verify_refuses_what_the_signer_did_not_write(signer: CallbackSigner, change: Change, problem: str) -> None:
    with pytest.raises(CallbackError, match=problem) as caught:
        signer.verify(change(signer.url("/astria", order=17)))
    assert SECRET not in str(caught.value)
    assert urlsplit(signer.url("/astria", order=17)).query not in str(caught.value)


def test_signatures_of_different_parts_differ(signer: CallbackSigner) -> None:
    """Without lengths, `ab` and `c` would be the same bytes as `a` and `bc`."""
    urls = {signer.url("/x", **context) for context in ({"ab": "c"}, {"a": "bc"}, {"abc": ""}, {"a": "b", "c": ""})}
    assert len({url.rpartition("=")[2] for url in urls}) == 4


@pytest.mark.parametrize(
    ("context", "problem"),
    [
        ({"order": 1.5}, "order: float is not text or a whole number"),
        ({"order": True}, "order: bool is not text or a whole number"),
        ({"order": ["1"]}, "order: list is not text"),
        ({"order": "x" * 2000}, "order: the URL has 2,1[0-9]{2} bytes, at most 2,000 are sent; put a short id"),
        ({"order": 10**5000}, "order: the number is too long"),
        ({"order": "\ud800"}, "order: it contains half of a surrogate pair"),
        ({"_key": "1"}, "_key: this name is the signer's own"),
    ],
)
def test_url_refuses_other_contexts_in_one_line(signer: CallbackSigner, context: dict[str, str], problem: str) -> None:
    with pytest.raises(ParameterError, match=problem) as caught:
        signer.url("/astria", **context)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("path", ["astria", "", "/a?b", "/a#b", "/a b", "/../a", "/\u00e4", "//host/%2e", None])
def test_url_refuses_what_is_not_a_path(signer: CallbackSigner, path: str) -> None:
    with pytest.raises(ParameterError, match="path: .* is not a path; give one such as '/astria'"):
        signer.url(path)


@pytest.mark.parametrize(
    ("secret", "base", "previous", "problem"),
    [
        ("short", BASE, [], "secret: it has 5 bytes; give 16 or more"),
        (SECRET, BASE, ["short"], r"previous\[0\]: it has 5 bytes"),
        (SECRET, BASE, OLD, "previous: one secret was given; give a list"),
        (17, BASE, [], "secret: int is not a secret"),
        (SECRET, "http://shop.example", [], "base_url: .* is not https; http is for this machine alone"),
        (SECRET, "shop.example", [], "base_url: .*begin it with https://"),
        (SECRET, "https://shop.example/?a=1", [], "base_url: .* has more than a host and a path"),
        (SECRET, "https://me:pw@shop.example/", [], "base_url: .* has more than a host and a path"),
        (SECRET, "https://shop.example/a b", [], "base_url: the path"),
        (SECRET, None, [], "base_url: NoneType is not a URL"),
    ],
)
def test_signer_refuses_other_settings_at_construction(
    secret: str, base: str, previous: list[str], problem: str
) -> None:
    with pytest.raises(ConfigurationError, match=problem) as caught:
        CallbackSigner(secret, base, previous)
    assert "pw" not in str(caught.value)


def test_signer_takes_http_on_this_machine() -> None:
    assert CallbackSigner(SECRET, "http://localhost:8000").url("/a").startswith("http://localhost:8000/a?_key=")


def test_signer_shows_no_secret_and_cannot_be_pickled(signer: CallbackSigner) -> None:
    assert repr(signer) == "<CallbackSigner for https://shop.example/hooks>"
    with pytest.raises(TypeError, match="make one in each process"):
        pickle.dumps(signer)
