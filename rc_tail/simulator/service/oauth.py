"""The authorization server: tokens, revocation and WebSocket tokens.

Shapes and codes after the developer guide ("JWT auth flow", "Errors") and real captures; where
the guide is silent the nearest code was chosen.
"""

import base64
import binascii
from dataclasses import dataclass, field
from typing import Any

from rc_tail.simulator.service.http_values import (
    Answer,
    Request,
    error_answer,
    oauth_error,
    permission_missing,
)
from rc_tail.simulator.service.ids import Ids
from rc_tail.simulator.service.jwts import person_of, reason_to_refuse
from rc_tail.simulator.service.limits import RateLimits, too_many
from rc_tail.simulator.service.options import Options
from rc_tail.simulator.service.sessions import OAuthSession, Sessions, TokenLifetimes

JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
REFRESH_GRANT = "refresh_token"
# Grants of RingCentral that this app cannot use.
OTHER_GRANTS = ("authorization_code", "password", "client_credentials", "partner_jwt")
SHORTEST_TTL, LONGEST_TTL = 600, 3600
LONGEST_REFRESH_TTL = 604800
WEBSOCKET_PERMISSION = "WebSocketsSubscription"


@dataclass(slots=True, eq=False)
class WsToken:
    """A token for the WebSocket side.

    Attributes:
        session: The OAuth session that it was issued to.
        uses: How many connections it has opened.
    """

    session: OAuthSession
    expires: float
    uses: int = 0


@dataclass(slots=True)
class OAuth:
    """Answers ``/restapi/oauth/...``."""

    options: Options
    ids: Ids
    sessions: Sessions
    limits: RateLimits
    _ws_tokens: dict[str, WsToken] = field(default_factory=dict)

    def token(self, request: Request, now: float) -> Answer:
        """Answer ``POST /restapi/oauth/token``: a login or a refresh."""
        client_id, refusal = self._client(request)
        grant = request.form.get("grant_type", "")
        user = person_of(request.form.get("assertion", "")).id if grant == JWT_GRANT else ""
        headers, granted = self.limits.take(user, client_id, "auth", now)
        if not granted:
            return too_many(headers)
        answer = refusal or self._grant(grant, request, client_id, now)
        return answer.with_headers(headers)

    def _grant(self, grant: str, request: Request, client_id: str, now: float) -> Answer:
        if grant == JWT_GRANT:
            return self._log_in(request, client_id, now)
        if grant == REFRESH_GRANT:
            return self._refresh_tokens(request, client_id, now)
        if grant in OTHER_GRANTS:
            message = "Unauthorized for this grant type"
            return oauth_error(400, "unauthorized_client", "OAU-251", message)
        return oauth_error(400, "invalid_request", "OAU-250", "Unsupported grant type")

    def _log_in(self, request: Request, client_id: str, now: float) -> Answer:
        assertion = request.form.get("assertion", "")
        host = request.headers.get("host", "")
        if reason := reason_to_refuse(assertion, host, now):
            return oauth_error(400, "invalid_grant", "OAU-213", reason)
        session = self.sessions.begin(
            client_id,
            person_of(assertion),
            self.options.scope,
            self._lifetimes(request),
            now,
            endpoint=request.form.get("endpoint_id", ""),
        )
        return Answer(200, self._token_body(session, now))

    def _refresh_tokens(self, request: Request, client_id: str, now: float) -> Answer:
        token = request.form.get("refresh_token", "")
        session = self.sessions.refresh(token, client_id, self._lifetimes(request), now)
        if session is None:
            return oauth_error(400, "invalid_grant", "OAU-210", "Token expired")
        return Answer(200, self._token_body(session, now))

    def _lifetimes(self, request: Request) -> TokenLifetimes:
        refresh = _int_or_default(request.form.get("refresh_token_ttl"), LONGEST_REFRESH_TTL)
        if not self.options.refresh_tokens or refresh <= 0:
            refresh = 0
        if self.options.access_token_ttl is not None:
            return TokenLifetimes(self.options.access_token_ttl, min(refresh, LONGEST_REFRESH_TTL))
        requested = _int_or_default(request.form.get("access_token_ttl"), LONGEST_TTL)
        # Clamped, not refused.
        access = min(max(requested, SHORTEST_TTL), LONGEST_TTL)
        return TokenLifetimes(access, min(refresh, LONGEST_REFRESH_TTL))

    @staticmethod
    def _token_body(session: OAuthSession, now: float) -> dict[str, Any]:
        pair = session.pair
        body: dict[str, Any] = {
            "access_token": pair.access,
            # Lower case, as the samples have it; two SDKs copy it into their headers.
            "token_type": "bearer",
            "expires_in": int(pair.access_expires - now),
            "scope": " ".join(session.scope),
            "owner_id": session.person.id,
            "endpoint_id": session.endpoint,
            "session_id": session.id,
        }
        if pair.refresh:
            body["refresh_token"] = pair.refresh
            body["refresh_token_expires_in"] = int(pair.refresh_expires - now)
        return body

    def revoke(self, request: Request, now: float) -> Answer:
        """Answer ``POST /restapi/oauth/revoke``: either token ends the whole session."""
        client_id, refusal = self._client(request)
        headers, granted = self.limits.take("", client_id, "auth", now)
        if not granted:
            return too_many(headers)
        if refusal is not None:
            return refusal
        token = request.form.get("token") or request.query.get("token", [""])[0]
        if not token:
            return error_answer(400, "CMN-101", "Parameter [token] value is invalid")
        session = self.sessions.by_access_or_refresh(token)
        if session is not None and session.client_id != client_id:
            return oauth_error(400, "invalid_client", "OAU-164", "Invalid client application")
        if session is not None:
            self.sessions.end(session, revoked=True)
        return Answer(200, headers=headers)

    def wstoken(self, request: Request, session: OAuthSession, now: float) -> Answer:
        """Answer ``POST /restapi/oauth/wstoken`` of an authenticated client."""
        user, app = session.person.id, session.client_id
        headers, granted = self.limits.take(user, app, "auth", now)
        if not granted:
            return too_many(headers)
        if (
            WEBSOCKET_PERMISSION not in session.scope
            and self.options.websocket_refusal == "wstoken"
        ):
            return permission_missing(WEBSOCKET_PERMISSION).with_headers(headers)
        token = self.ids.token("WST-")
        ttl = self.options.wstoken_ttl
        self._ws_tokens[token] = WsToken(session, now + ttl)
        body = {"uri": request.gateway, "ws_access_token": token, "expires_in": int(ttl)}
        return Answer(200, body, headers)

    def redeem_ws_token(self, token: str, now: float) -> OAuthSession | None:
        """Return the session of a WebSocket token that opens a connection; None if it is invalid.

        A token can be used again until it expires, since an official SDK does so; the guide calls it
        valid for one use, which is an option.
        """
        self._ws_tokens = {t: w for t, w in self._ws_tokens.items() if now < w.expires}
        known = self._ws_tokens.get(token)
        if known is None or self.sessions.by_id(known.session.id) is None:
            return None
        if known.uses and self.options.wstoken_single_use:
            return None
        known.uses += 1
        return known.session

    def expire_ws_token(self, token: str) -> None:
        """Expire a WebSocket token early, as a fault."""
        self._ws_tokens.pop(token, None)

    def _client(self, request: Request) -> tuple[str, Answer | None]:
        """Return the client id, and the error if the client is not authenticated."""
        authorization = request.headers.get("authorization", "")
        if not authorization:
            return self._public(request.form.get("client_id", ""))
        name, secret = _basic_credentials(authorization)
        if not name:
            message = "Invalid Authorization header"
            return "", oauth_error(401, "invalid_client", "OAU-123", message)
        return name, self._check(name, secret)

    def _public(self, client_id: str) -> tuple[str, Answer | None]:
        if not client_id:
            message = "Client authentication is required"
            return "", oauth_error(401, "invalid_client", "OAU-123", message)
        return client_id, self._check(client_id, None)

    def _check(self, client_id: str, secret: str | None) -> Answer | None:
        if client_id != self.options.client_id:
            return oauth_error(400, "invalid_client", "OAU-153", "Invalid client")
        if secret is not None and secret != self.options.client_secret:
            return oauth_error(401, "invalid_client", "OAU-146", "Invalid client credentials")
        return None


def _basic_credentials(header: str) -> tuple[str, str]:
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        text = base64.b64decode(encoded.strip(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    name, _, secret = text.partition(":")
    return name, secret


def _int_or_default(text: str | None, default: int) -> int:
    try:
        return int(text or default)
    except ValueError:
        return default
