"""WHO carries a request: the only room that names an HTTP library."""

from ._httpx import HttpxTransport

__all__ = ["HttpxTransport"]
