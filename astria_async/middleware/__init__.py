"""HOW a request is sent: small layers, each usable alone, each `async (request, call_next) -> response`."""

from .auth import Auth
from .budget import RetryBudget
from .capture import RawResponse
from .compose import compose
from .idempotency import Idempotency
from .limits import Limiter, Limits
from .policy import RetryPolicy
from .retry import Retry
from .attempt_timeout import AttemptTimeout

__all__ = [
    "AttemptTimeout",
    "Auth",
    "Idempotency",
    "Limiter",
    "Limits",
    "RawResponse",
    "Retry",
    "RetryBudget",
    "RetryPolicy",
    "compose",
]
