"""Which hosts are this machine."""

from __future__ import annotations

import re
from ipaddress import ip_address
from urllib.parse import urlsplit


def is_loopback_url(url: str) -> bool:
    """Whether a URL leads to this machine's loopback interface. One that cannot be read does not."""
    try:
        host = urlsplit(url).hostname or ""
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:  # not an address, or not a URL
        return False


def hide_secrets(url: str) -> str:
    """A URL as it is shown: without user name, password and query."""
    return re.sub(r"//[^/]*@", "//", re.split(r"[?#]", url, maxsplit=1)[0])
