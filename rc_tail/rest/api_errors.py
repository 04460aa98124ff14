"""What a refused REST call means: the error for it, with words and a hint."""

import msgspec

from rc_tail.errors import (
    JwtRejectedError,
    PermissionMissingError,
    RateLimitedError,
    RcTailError,
    RequestRefusedError,
    TemporaryError,
    TokenExpiredError,
    UnexpectedAnswerError,
)
from rc_tail.gateway.error_body import read_refusal
from rc_tail.rest.http import HttpResponse
from rc_tail.text.escape import visible
from rc_tail.text.lenient_json import loads_object
from rc_tail.text.redact import Redactor
from rc_tail.text.retry_after import retry_after

MAX_WORDS = 300
_TEMPORARY = (408, 425)
_CLIENT = ("OAU-120", "OAU-121", "OAU-123", "OAU-134", "OAU-146", "OAU-153")
_GRANT = ("OAU-112", "OAU-125", "OAU-250", "OAU-251")

CLIENT_HINT = "Compare client ID and client secret with the app's page in RingCentral's console."
GRANT_HINT = (
    'The app does not allow JWT logins: choose "JWT auth flow" for it in RingCentral\'s console.'
)
JWT_HINT = (
    "The JWT may have expired or been revoked, belong to another environment (sandbox or production), "
    "or not be allowed for this app: check Credentials in RingCentral's console, then run `rc-tail login`."
)
UNEXPLAINED_HINT = (
    "The answer does not look like RingCentral's: it may come from a proxy or firewall. Check the "
    "network first; then the credentials, with `rc-tail login`."
)
WEBSOCKET_HINT = (
    'In RingCentral\'s console, add the permission "WebSocket Subscriptions" '
    "(WebSocketsSubscription) to the app, then run `rc-tail login` again: old tokens lack it."
)


class ErrorAnswer(msgspec.Struct, frozen=True):
    """What an error answer says; every text is harmless, short and without secrets.

    Attributes:
        code: RingCentral's code, or RFC 6749's `error`; may be empty.
        words: Its words; may be empty.
        oauth: RFC 6749's `error`; may be empty.
        permission: The permission that it names; may be empty.
        request_id: RingCentral's id of the request, which its support asks for; may be empty.
        target: Where it redirects to; may be empty.
    """

    status: int
    code: str = ""
    words: str = ""
    oauth: str = ""
    permission: str = ""
    request_id: str = ""
    target: str = ""

    def said(self) -> str:
        """Return code and words as RingCentral gave them, or the status."""
        answer = " ".join(filter(None, (self.code, self.words)))
        return answer or f"HTTP {self.status}"

    def support(self) -> str:
        """Return what to name to RingCentral's support, as a line of a hint; may be empty."""
        if not self.request_id:
            return ""
        return f"Request id for RingCentral support: {self.request_id}"


def read_error_answer(answer: HttpResponse, redactor: Redactor) -> ErrorAnswer:
    """Return what an error answer says, tolerant of every shape."""

    def harmless(text: str) -> str:
        return visible(redactor.mask(text))[:MAX_WORDS]

    refusal = read_refusal(loads_object(answer.body) or {})
    return ErrorAnswer(
        status=answer.status,
        code=harmless(refusal.code),
        words=harmless(refusal.message),
        oauth=harmless(refusal.oauth),
        permission=harmless(refusal.permission),
        request_id=harmless(answer.headers.get("rcrequestid", "").strip())[:80],
        target=harmless(answer.headers.get("location", "")),
    )


def login_error(refusal: ErrorAnswer, answer: HttpResponse, now: float) -> RcTailError:
    """Return the error for a refused call of the token endpoint."""
    if refusal.status in (400, 401, 403):
        return JwtRejectedError(
            f"RingCentral refused the login: {refusal.said()}",
            hint=_login_hint(refusal),
            code=refusal.code,
        )
    return general_error(refusal, answer, now)


def _login_hint(refusal: ErrorAnswer) -> str:
    if not refusal.code and not refusal.words:
        return UNEXPLAINED_HINT
    if refusal.oauth == "invalid_client" or refusal.code in _CLIENT:
        return CLIENT_HINT
    if refusal.oauth == "unauthorized_client" or refusal.code in _GRANT:
        return GRANT_HINT
    return JWT_HINT


def api_error(refusal: ErrorAnswer, answer: HttpResponse, now: float) -> RcTailError:
    """Return the error for a refused call that carried an access token."""
    if refusal.status == 401:
        return TokenExpiredError(
            f"RingCentral no longer accepts the access token: {refusal.said()}",
            hint="Its session has ended. If this happens again, run `rc-tail login`.",
            code=refusal.code,
        )
    if refusal.status == 403:
        return PermissionMissingError(
            f"RingCentral refused: {refusal.said()}",
            hint=_permission_hint(refusal),
            code=refusal.code,
        )
    return general_error(refusal, answer, now)


def wstoken_error(refusal: ErrorAnswer, answer: HttpResponse, now: float) -> RcTailError:
    """Return the error for a refused WebSocket token."""
    if refusal.status == 403:
        return PermissionMissingError(
            f"RingCentral refused WebSocket access for this app: {refusal.said()}",
            hint=WEBSOCKET_HINT,
            code=refusal.code,
        )
    return api_error(refusal, answer, now)


def _permission_hint(refusal: ErrorAnswer) -> str:
    named = f" {refusal.permission}" if refusal.permission else ""
    if refusal.code == "CMN-401":
        return (
            f"The app lacks the permission{named}: add it in RingCentral's console, then run "
            "`rc-tail login` again."
        )
    if refusal.code == "CMN-408":
        return f"The user lacks the permission{named}: ask an administrator of the account for it."
    return refusal.support()


def general_error(refusal: ErrorAnswer, answer: HttpResponse, now: float) -> RcTailError:
    """Return the error for a refusal that means the same everywhere.

    Args:
        now: Unix seconds, for a Retry-After that is a date.
    """
    status = refusal.status
    if status == 429:
        return RateLimitedError(
            f"RingCentral asked us to slow down: {refusal.said()}",
            retry_after=retry_after(answer.headers, now),
            hint="RingCentral limits calls of this kind per app and user per minute.",
            code=refusal.code,
        )
    if status >= 500 or status in _TEMPORARY:
        return TemporaryError(
            f"RingCentral is temporarily unavailable: {refusal.said()}",
            hint=refusal.support(),
            code=refusal.code,
        )
    if 300 <= status < 400:
        return _redirect(refusal)
    if status == 404 and not refusal.code:
        return RequestRefusedError(
            "the server returned 404 Not Found",
            hint="Check the server's address: is it RingCentral's?",
        )
    return RequestRefusedError(
        f"RingCentral refused the request: {refusal.said()}",
        hint=refusal.support(),
        code=refusal.code,
    )


def _redirect(refusal: ErrorAnswer) -> UnexpectedAnswerError:
    return UnexpectedAnswerError(
        f"the server answered with a redirect (HTTP {refusal.status}) to "
        f"{refusal.target or 'nowhere'}",
        hint="Redirects are never followed, because they would forward the credentials. "
        "Check --server and the network's own login page.",
    )
