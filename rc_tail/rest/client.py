"""RingCentral's REST side: tokens, who am I, and the few resources that a tail needs."""

import base64
import ssl
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

from rc_tail.config.credentials import Credentials, Identity
from rc_tail.errors import LocalProtocolError, RcTailError, UnexpectedAnswerError
from rc_tail.network.interception import intercepted
from rc_tail.network.server_address import normalize_server
from rc_tail.network.tls import make_tls_context
from rc_tail.rest.api_errors import (
    ErrorAnswer,
    api_error,
    login_error,
    read_error_answer,
    wstoken_error,
)
from rc_tail.rest.auth_budget import AuthBudget
from rc_tail.rest.http import (
    MAX_SHORT_ANSWER,
    HttpClient,
    HttpRequest,
    HttpResponse,
    Parameters,
    Receive,
)
from rc_tail.rest.responses import (
    TokenAnswer,
    WsToken,
    identity,
    json_object,
    token_answer,
    ws_token,
)
from rc_tail.text.escape import visible
from rc_tail.text.redact import Redactor

__all__ = ["Identity", "RestClient", "TokenAnswer", "WsToken"]

JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_TOKEN = "/restapi/oauth/token"  # noqa: S105 - a path
_REVOKE = "/restapi/oauth/revoke"
_WSTOKEN = "/restapi/oauth/wstoken"
_ME = "/restapi/v1.0/account/~/extension/~"
_SUBSCRIPTION = "/restapi/v1.0/subscription/"
_SHOWN = 4096
_READ = 4 * _SHOWN  # bytes of an answer in which secrets are masked before it is cut
# What is not there after so many seconds is requested from where it stopped.
_LONGEST_DOWNLOAD = 600.0

ErrorOf = Callable[[ErrorAnswer, HttpResponse, float], RcTailError]
# Called with status and headers, by name in lower case.
Learn = Callable[[int, Mapping[str, str]], None]


class RestClient:
    """Calls one server; may be used by several threads at once.

    Args:
        server: Its address; https, or plain http on this machine.
        ca_bundle: A PEM file of the only authorities to trust; None for the system's.
        redactor: Learns every secret before it is sent, and those that come back.
        trace: Called with every request and answer, secrets masked; for ``--debug``.
        timeout: Seconds that one call may take in all.
        budget: Keeps token calls within the service's limit; None for no limit.
        tls: Makes the TLS context; None for one of `ca_bundle`.

    Raises:
        ConfigError: Not a server address, or plain http to another machine.
    """

    def __init__(
        self,
        server: str,
        *,
        ca_bundle: Path | None,
        redactor: Redactor,
        trace: Callable[[str], None] | None = None,
        timeout: float = 15.0,
        budget: AuthBudget | None = None,
        tls: Callable[[], ssl.SSLContext] | None = None,
    ) -> None:
        self.server = normalize_server(server)
        self._redactor = redactor
        self._trace = trace
        self._budget = budget if budget is not None else AuthBudget(None)
        make = tls if tls is not None else lambda: make_tls_context(ca_bundle)
        self._exchange = HttpClient(make, timeout=timeout)

    def close(self) -> None:
        """Close the connections that are kept open."""
        self._exchange.close()

    def hide(self, *secrets: str | None) -> None:
        """Redact secrets that were learned elsewhere."""
        self._redactor.add(*secrets)

    # Tokens (developer guide, "JWT auth flow" and "Refreshing access tokens").

    def token_by_jwt(self, credentials: Credentials) -> TokenAnswer:
        """Log in: a new OAuth session, of which RingCentral keeps five per app and user.

        Raises:
            JwtRejectedError: JWT, client id or secret were refused.
            RateLimitedError: The limit of the minute is spent.
            RcTailError: The request failed, or the answer is invalid.
        """
        self._redactor.add(credentials.jwt, quote_plus(credentials.jwt))
        return self._token(credentials, {"grant_type": JWT_GRANT, "assertion": credentials.jwt})

    def token_by_refresh(self, credentials: Credentials, refresh_token: str) -> TokenAnswer:
        """Get a new access token of the same OAuth session; the old ones die.

        Raises:
            JwtRejectedError: The refresh token is dead; a login may help.
            RateLimitedError: The limit of the minute is spent.
            RcTailError: The request failed, or the answer is invalid.
        """
        self._redactor.add(refresh_token, quote_plus(refresh_token))
        form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        return self._token(credentials, form)

    def _token(self, credentials: Credentials, form: dict[str, str]) -> TokenAnswer:
        headers, who = self._client_auth(credentials)
        request = HttpRequest(
            "POST", self.server + _TOKEN, headers, form={**form, **who}, limit=MAX_SHORT_ANSWER
        )
        body = self._auth_object(request, "login", login_error)
        answer = token_answer(body)
        self._redactor.add(answer.access_token, answer.refresh_token)
        return answer

    def wstoken(self, access_token: str) -> WsToken:
        """Get a token for one WebSocket connection; connect at once, it may live 30 s only.

        Raises:
            TokenExpiredError: The access token is dead.
            PermissionMissingError: The app may not use WebSockets.
            InsecureAddressError: The server asks for a connection without TLS.
            RateLimitedError: The limit of the minute is spent.
            RcTailError: The request failed, or the answer is invalid.
        """
        request = HttpRequest(
            "POST", self.server + _WSTOKEN, self._bearer(access_token), limit=MAX_SHORT_ANSWER
        )
        body = self._auth_object(request, "WebSocket token", wstoken_error)
        answer = ws_token(body, self.server, self._redactor.mask)
        self._redactor.add(answer.token)
        return answer

    def revoke(self, credentials: Credentials, token: str, *, timeout: float | None = None) -> None:
        """End the OAuth session that `token` belongs to.

        Args:
            token: An access or refresh token of the session.
            timeout: Seconds that the call may take; None for the usual.

        Raises:
            RcTailError: The request failed; RingCentral's guide says to ignore that.
        """
        self._redactor.add(token, quote_plus(token))
        headers, who = self._client_auth(credentials)
        request = HttpRequest("POST", self.server + _REVOKE, headers, form={"token": token, **who})
        self._check(self._send(request, timeout), login_error)

    # Resources.

    def who_am_i(self, access_token: str) -> Identity:
        """Return whose token it is.

        Raises:
            TokenExpiredError: The access token is dead.
            PermissionMissingError: The app may not read accounts.
            RcTailError: The request failed, or the answer is invalid.
        """
        return identity(self.get(access_token, _ME), self.server)

    def get(
        self,
        access_token: str,
        path: str,
        params: Parameters | None = None,
        *,
        learn: Learn | None = None,
    ) -> dict[str, Any]:
        """Read a resource.

        Args:
            path: From the server's root, beginning with ``/``; already percent-encoded.
            params: The query; a sequence of values repeats the name.
            learn: Called with status and headers of the answer, also of a refusal.

        Raises:
            TokenExpiredError: The access token is dead.
            PermissionMissingError: The app or the user may not.
            RateLimitedError: Too many requests of this sort.
            RcTailError: The request failed, or the answer is not a JSON object.
        """
        if not path.startswith("/"):
            raise LocalProtocolError(f"invalid path {path!r}")
        url = self.server + path
        answer = self._send(HttpRequest("GET", url, self._bearer(access_token), params or {}))
        if learn is not None:
            learn(answer.status, answer.headers)
        self._check(answer, api_error)
        return json_object(answer.body, visible(path))

    def download(
        self, access_token: str, url: str, start: int | None, receive: Receive, *, learn: Learn
    ) -> None:
        """Read the content of an attachment, or the rest of it.

        Args:
            url: Of this server or its twin for attachments, with the query.
            start: The byte to begin with; 0 lets the answer say how large the whole is. None to
                request no range.
            receive: Called with status (200 or 206) and headers of an answer that holds the content,
                but never of a web page.
            learn: Called with status and headers of every answer.

        Raises:
            TokenExpiredError: The access token is dead.
            PermissionMissingError: The app or the user may not.
            RateLimitedError: Too many requests of this sort.
            InterceptedError: A page of something between here and the server.
            NoAnswerError: It ended early.
            RcTailError: The request failed. What `receive` and its result raise is raised as well.
        """

        def begin(status: int, headers: Mapping[str, str]) -> Callable[[bytes], None] | None:
            learn(status, headers)
            holds_content = status in (200, 206) and not _is_page(headers)
            return receive(status, headers) if holds_content else None

        headers = {**self._bearer(access_token), "Accept": "*/*"}
        if start is not None:
            headers["Range"] = f"bytes={start}-"
        request = HttpRequest("GET", url, headers, limit=MAX_SHORT_ANSWER)
        self._tell(f"> GET {url}{'' if start is None else f' from byte {start}'}")
        answer = self._exchange.download(request, begin, longest=_LONGEST_DOWNLOAD)
        self._learn_secrets(answer)
        self._tell(f"< {answer.status} in {answer.seconds * 1000:.0f} ms", answer.body)
        self._check_origin(answer)
        self._check(answer, api_error)
        if _is_page(answer.headers):
            raise UnexpectedAnswerError("RingCentral answered with a web page, not the file")

    def delete_subscription(
        self, access_token: str, subscription_id: str, *, timeout: float | None = None
    ) -> None:
        """Delete a subscription; one that is gone already counts as deleted.

        Args:
            timeout: Seconds that the call may take; None for the usual.

        Raises:
            TokenExpiredError: The access token is dead.
            RcTailError: It could not be deleted.
        """
        url = self.server + _SUBSCRIPTION + quote(subscription_id, safe="")
        answer = self._send(HttpRequest("DELETE", url, self._bearer(access_token)), timeout)
        if answer.status != 404:
            self._check(answer, api_error)

    # How requests are sent.

    def _client_auth(self, credentials: Credentials) -> tuple[dict[str, str], dict[str, str]]:
        """Return the header, or for a public app the form field, that names the app."""
        if credentials.client_secret is None:
            return {}, {"client_id": credentials.client_id}
        pair = f"{credentials.client_id}:{credentials.client_secret}".encode()
        basic = base64.b64encode(pair).decode("ascii")
        self._redactor.add(credentials.client_secret, quote_plus(credentials.client_secret), basic)
        return {"Authorization": f"Basic {basic}"}, {}

    def _bearer(self, access_token: str) -> dict[str, str]:
        self._redactor.add(access_token)
        return {"Authorization": f"Bearer {access_token}"}

    def _auth_object(self, request: HttpRequest, what: str, error_of: ErrorOf) -> dict[str, Any]:
        """Ask within the budget of the group "Auth"; return the JSON object."""
        self._budget.spend()
        answer = self._send(request)
        self._budget.learn(answer.status, answer.headers)
        self._check(answer, error_of)
        return json_object(answer.body, what)

    def _send(self, request: HttpRequest, timeout: float | None = None) -> HttpResponse:
        self._tell(f"> {request.method} {request.url}{_shown_form(request)}")
        answer = self._exchange.send(request, timeout)
        self._learn_secrets(answer)
        self._tell(f"< {answer.status} in {answer.seconds * 1000:.0f} ms", answer.body)
        self._check_origin(answer)
        return answer

    def _check_origin(self, answer: HttpResponse) -> None:
        """Refuse an answer of something between here and the server, whatever its status says."""
        host = self.server.partition("://")[2]
        now = self._budget.clock()
        error = intercepted(
            host, answer.status, answer.headers, answer.body, mask=self._redactor.mask, now=now
        )
        if error is not None:
            raise error

    def _check(self, answer: HttpResponse, error_of: ErrorOf) -> None:
        if 200 <= answer.status < 300:
            return
        refusal = read_error_answer(answer, self._redactor)
        now = self._budget.clock()
        raise error_of(refusal, answer, now)

    def _learn_secrets(self, answer: HttpResponse) -> None:
        """Tell the redactor the tokens of an answer before anybody sees its text."""
        try:
            body = json_object(answer.body, "")
        except RcTailError:
            return
        for name in ("access_token", "refresh_token", "ws_access_token", "id_token"):
            if isinstance(body.get(name), str):
                self._redactor.add(body[name])

    def _tell(self, text: str, body: bytes = b"") -> None:
        if self._trace is not None:
            # Masked before it is cut: half a secret is not known as one.
            words = self._redactor.mask(body[:_READ].decode("utf-8", "replace"))[:_SHOWN]
            self._trace(visible(self._redactor.mask(f"{text} {words}".rstrip())))


def _is_page(headers: Mapping[str, str]) -> bool:
    return "html" in headers.get("content-type", "").lower()


def _shown_form(request: HttpRequest) -> str:
    parts = {**request.params, **(request.form or {})}
    return "".join(f" {name}={value}" for name, value in parts.items())
