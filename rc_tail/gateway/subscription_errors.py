"""What a refused subscription means: the error to report, and so the exit status."""

from rc_tail.errors import (
    BusyError,
    FiltersRefusedError,
    PermissionMissingError,
    RateLimitedError,
    RcTailError,
    TemporaryError,
    TokenExpiredError,
)
from rc_tail.gateway.messages import Response
from rc_tail.text.retry_after import retry_after

# Developer guide, "Error codes": CMN-401 is a permission of the app, CMN-408 one of the user,
# SUB-528 the app's permission for WebSockets.
_APP = frozenset({"CMN-401", "SUB-528"})
TOO_MANY_SUBSCRIPTIONS = "SUB-505"
PENALTY = 30.0  # seconds to wait where a rate limit does not say how long it lasts


def subscription_error(response: Response) -> RcTailError:
    """Return the error for a refused subscription, with a hint at what to do."""
    refusal = response.refusal()
    disabled = response.disabled_filters()
    code = refusal.code or (disabled[0].reason if disabled else "")
    reason = (
        refusal.message or "; ".join(d.message for d in disabled) or f"status {response.status}"
    )
    message = f"RingCentral refused the subscription: {reason}{f' ({code})' if code else ''}"
    if response.status == 429:
        wait = retry_after(response.headers)
        seconds = PENALTY if wait is None else max(wait, 1.0)
        return RateLimitedError(message, retry_after=seconds, code=code)
    if response.status >= 500 or response.status == 408:
        return TemporaryError(message, code=code)
    if response.status == 401:
        return TokenExpiredError(message, hint="Log in again: rc-tail login", code=code)
    return _refused_for_good(code, message)


def _refused_for_good(code: str, message: str) -> RcTailError:
    if code in _APP:
        hint = (
            "Add the permission to the app in RingCentral's developer console (for WebSockets it "
            'is called "WebSocket Subscriptions"), then log in again: rc-tail login'
        )
        return PermissionMissingError(message, hint=hint, code=code)
    if code == "CMN-408":
        hint = "The user lacks a permission: ask the administrator of the RingCentral account."
        return PermissionMissingError(message, hint=hint, code=code)
    if code == TOO_MANY_SUBSCRIPTIONS:
        hint = (
            "Clients of this app and user have too many subscriptions. Those of clients that have "
            "exited expire within a day. Stop clients that you do not need, or use another app."
        )
        return BusyError(message, hint=hint, code=code)
    hint = "Check the requested events: rc-tail events lists them with the permission each needs."
    return FiltersRefusedError(message, hint=hint, code=code)
