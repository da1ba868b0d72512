"""What Astria calls back: URLs that are signed, and bodies that are read.

    signer = CallbackSigner(secret, "https://shop.example")
    url = signer.url("/astria", order=17)       # goes into callback=
    context = signer.verify(called_url)         # {"order": "17"}, or CallbackError
    event = parse_callback(headers, body)       # event.kind, event.prompts, event.tunes

The service signs nothing and sends a callback once [D]. So a callback is a hint: verify its URL first, then read the
tune or prompt again.
"""

from ..errors import CallbackError
from .events import CallbackEvent, parse_callback
from .signer import CallbackSigner

__all__ = ["CallbackError", "CallbackEvent", "CallbackSigner", "parse_callback"]
