"""`verify` of a transport is checked for its kind when the transport is made."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from astria_async import ConfigurationError
from astria_async.transports import AiohttpTransport, HttpxTransport, PyreqwestTransport


@pytest.mark.parametrize("transport", [HttpxTransport, AiohttpTransport])
@pytest.mark.parametrize("verify", [True, False, "ca.pem", Path("ca.pem"), 5])
def test_a_verify_that_is_not_a_context_is_refused(transport: Any, verify: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"^verify: [^\n]+ is not an ssl.SSLContext; pass ssl\.create_default"):
        transport(verify=verify)


@pytest.mark.parametrize("verify", [True, False, 5])
def test_a_verify_that_is_not_a_file_is_refused(verify: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"^verify: [^\n]+ is not a path; pass the Path of a PEM file"):
        PyreqwestTransport(verify=verify)
