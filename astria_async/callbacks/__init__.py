"""What Astria calls back: URLs that are signed, and bodies that are read.

    signer = CallbackSigner(secret, "https://shop.example")
    url = signer.url("/astria", order=17)       # goes into callback=
    context = signer.verify(called_url)         # {"order": "17"}, or CallbackError
    event = parse_callback(headers, body)       # event.kind, event.prompts, event.tunes
    app = CallbackApp(astria, signer, inbox)    # all of it: an ASGI application with handlers

The service signs nothing and sends a callback once [D]. So a callback is a hint: verify its URL first, then read the
tune or prompt again.
"""

from ..errors import CallbackError
from .app import CallbackApp
from .events import CallbackEvent, parse_callback
from .inbox import Inbox, InboxItem, MemoryInbox
from .signer import CallbackSigner
from .sqlite_inbox import SqliteInbox

__all__ = [
    "CallbackApp",
    "CallbackError",
    "CallbackEvent",
    "CallbackSigner",
    "Inbox",
    "InboxItem",
    "MemoryInbox",
    "SqliteInbox",
    "parse_callback",
]
