"""Credentials, as late as possible: no layer above ever holds the key, and it goes to one host only."""

from __future__ import annotations

from attrs import evolve

from .._wire import Headers, Request, Response, Send
from ..errors import AstriaError

_REDACTED = b"[the API key]"


class Auth:
    """Puts the key and the workspace on a request to the API, and takes the key out of what comes back.

    A request to any other origin, or one with `credentials=False`, goes out as it is.

    Args:
        api_key: The key, which goes to `base_url` alone.
        base_url: The API's origin and path.
        workspace_id: The workspace of each request; None is the personal one.
    """

    def __init__(self, api_key: str, *, base_url: str, workspace_id: int | str | None = None) -> None:
        self._headers = {"authorization": f"Bearer {api_key}"}
        if workspace_id is not None:
            self._headers["x-workspace-id"] = str(workspace_id)
        self._within = base_url.rstrip("/") + "/"
        self._key = api_key.encode()

    async def __call__(self, request: Request, call_next: Send) -> Response:
        record = request.record
        if request.credentials and request.url.startswith(self._within):
            headers = Headers(request.headers, **self._headers)
            workspace = request.headers.get("x-workspace-id")
            if workspace is not None:  # this request is about another workspace than the client's
                headers = Headers(headers, **{"x-workspace-id": workspace})
            request = request.replace(headers=headers)
        was_reached = record is not None and record.reached
        if record is not None:
            record.reached = True  # all layers outside have let it pass: what they raise may come after it was sent
        try:
            response = await call_next(request)
        except AstriaError as error:
            if record is not None and error.outcome in ("not_sent", "rejected"):
                record.reached = was_reached
            raise
        if self._key in response.body:  # an echo of it would end in an error's text, or in a log
            return evolve(response, body=response.body.replace(self._key, _REDACTED))
        return response

    def __repr__(self) -> str:
        return f"<Auth for {self._within}>"
