"""`AsyncAstria(transport=...)`: by name, or one of your own; and what is said where that cannot be."""

from __future__ import annotations

import subprocess
import sys

import pytest

from astria_async import AsyncAstria, ConfigurationError
from astria_async.testing import MockTransport
from astria_async.transports import is_user_client

NAMES = {"httpx": "HttpxTransport", "aiohttp": "AiohttpTransport", "pyreqwest": "PyreqwestTransport"}


@pytest.mark.parametrize(("name", "kind"), NAMES.items())
def test_a_name_makes_the_transport(name: str, kind: str) -> None:
    astria = AsyncAstria("sd_test", transport=name)  # type: ignore[arg-type]
    assert repr(astria._parts.transport) == f"<{kind}>"


def test_without_one_it_is_httpx() -> None:
    assert repr(AsyncAstria("sd_test")._parts.transport) == "<HttpxTransport>"


def test_an_unknown_name_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(
        ConfigurationError, match="transport: 'curl' is not a transport; give 'httpx', 'aiohttp', 'pyreqwest'"
    ):
        AsyncAstria("sd_test", transport="curl")  # type: ignore[arg-type]


@pytest.mark.parametrize(("name", "kind"), list(NAMES.items())[1:])
def test_missing_extra_is_named_with_the_command_that_installs_it(
    name: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, name, None)  # as if it were not installed
    monkeypatch.setitem(sys.modules, f"{name}.client", None)
    monkeypatch.delitem(sys.modules, f"astria_async.transports._{name}", raising=False)
    told = rf"{kind} needs {name}: pip install 'astria-async\[{name}\]'"
    with pytest.raises(ConfigurationError, match=f"^transport: {told}$"):
        AsyncAstria("sd_test", transport=name)  # type: ignore[arg-type]
    with pytest.raises(ImportError, match=told):
        getattr(__import__("astria_async.transports").transports, kind)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (MockTransport, "is a class; pass an instance"),
        (object(), "has no send, stream, aclose"),
        (5, "transport: int has no send, stream, aclose"),
    ],
)
def test_what_is_no_transport_is_refused(wrong: object, told: str) -> None:
    with pytest.raises(ConfigurationError, match=told):
        AsyncAstria("sd_test", transport=wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("client", [5, object(), "httpx"])
def test_what_is_no_client_is_refused(client: object) -> None:
    from astria_async import HttpxTransport

    with pytest.raises(
        ConfigurationError, match="client: builtins.*is not an AsyncClient of httpx or httpx2; pass one of"
    ):
        HttpxTransport(client=client)


def test_a_synchronous_client_is_refused() -> None:
    import httpx

    from astria_async import HttpxTransport

    with httpx.Client() as client, pytest.raises(ConfigurationError, match=r"httpx.*Client is not an AsyncClient"):
        HttpxTransport(client=client)


@pytest.mark.parametrize(("value", "told"), [(5, False), ("httpx", False), (object(), False), (MockTransport, False)])
def test_is_user_client_refuses_what_is_no_client(value: object, told: bool) -> None:
    assert is_user_client(value) is told


def test_is_user_client_knows_httpx_and_what_derives_from_it() -> None:
    import httpx
    import httpx2
    import httpx_aiohttp

    class Own(httpx.AsyncClient):
        """As people derive one."""

    assert all(
        map(is_user_client, (httpx.AsyncClient(), httpx2.AsyncClient(), Own(), httpx_aiohttp.HttpxAiohttpClient()))
    )
    with httpx.Client() as synchronous:
        assert not is_user_client(synchronous)


def test_certificates_beside_a_client_of_ones_own_are_refused() -> None:
    import ssl

    import httpx

    from astria_async import HttpxTransport

    with pytest.raises(ConfigurationError, match="verify: a client of your own has its own certificates; give one or"):
        HttpxTransport(client=httpx.AsyncClient(), verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))


def test_room_of_transports_has_what_it_names_and_nothing_else() -> None:
    from astria_async import transports

    assert [getattr(transports, name).__name__ for name in transports.__all__] == sorted(NAMES.values())
    with pytest.raises(AttributeError, match="CurlTransport"):
        _ = transports.CurlTransport  # type: ignore[attr-defined]


@pytest.mark.process
@pytest.mark.parametrize("name", NAMES)
def test_one_transport_does_not_load_another(name: str) -> None:
    code = f"from astria_async import AsyncAstria; AsyncAstria('sd_test', transport={name!r})"
    code += "; import sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-I", "-c", code], check=True, capture_output=True, text=True, timeout=60)
    assert not (NAMES.keys() - {name}) & set(done.stdout.split())
