"""Opens a connection: an access token, a fresh WebSocket token, the handshake.

Everything here may block, so it runs on a worker's thread.
"""

import ssl
from collections.abc import Callable

import msgspec

from rc_tail.errors import AuthError, TokenExpiredError
from rc_tail.gateway.commands import Connect, RenewToken
from rc_tail.gateway.connection_state import TokenLife
from rc_tail.rest.client import RestClient, WsToken
from rc_tail.rest.tokens import MIN_LIFE, AccessToken, TokenSource
from rc_tail.system.clocks import clock, wall_of
from rc_tail.text.redact import Redactor
from rc_tail.transport.websocket import Connection, TransportOptions, gateway_url, open_connection

# Seconds that a token must live to get a WebSocket token by it.
_MIN_LIFE_TO_RECOVER = 3.0
# An app and user have at most this many OAuth sessions at a time (developer guide, "Tokens").
_MOST_TOKENS = 5


class DialedConnection(msgspec.Struct, frozen=True):
    """An open connection, and the OAuth session that it runs under.

    Attributes:
        used_wsc: Whether it was opened with the token that recovers a session.
        token: The life of the access token that opened it.
    """

    connection: Connection
    oauth_session: str
    used_wsc: bool
    token: TokenLife


class Dialer:
    """Opens connections for one identity.

    Args:
        ssl_context: Shared by all connections; or a function that makes it when it is needed, since
            loading the certificate authorities costs 15 ms.
        redactor: Learns the tokens, to hide them in messages.
        on_step: Called with the name of each step.
    """

    def __init__(
        self,
        tokens: TokenSource,
        client: RestClient,
        options: TransportOptions,
        *,
        ssl_context: ssl.SSLContext | Callable[[], ssl.SSLContext],
        redactor: Redactor,
        on_step: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._tokens = tokens
        self._client = client
        self._options = options
        self._ssl_context = ssl_context
        self._redactor = redactor
        self._on_step = on_step
        # The access token that opened the latest connection.
        self._used_token = ""

    def dial(self, request: Connect) -> DialedConnection:
        """Open a connection.

        Raises:
            RcTailError: It could not be opened; `retryable` says whether a retry may help.
        """
        self._on_step("logging in")
        # A lost session is recovered under its own login as long as that lives at all.
        min_life = _MIN_LIFE_TO_RECOVER if request.wsc else MIN_LIFE
        token = self._tokens.get(
            oauth_session=request.oauth_session or None,
            rejected=self._used_token if request.rejected else None,
            min_life=max(min_life, request.min_life),
        )
        self._on_step("requesting a WebSocket token")
        token, ws_token = self._ws_token(token, request)
        # The wsc of one OAuth session does not recover under another (WSG-1003).
        wsc = request.wsc if token.oauth_session == request.oauth_session else ""
        self._redactor.add(ws_token.token, wsc)
        url = gateway_url(ws_token.uri, ws_token.token, wsc)
        self._on_step("opening the WebSocket")
        connection = open_connection(url, self._options, ssl_context=self._ssl_context)
        # Only a token that opened a connection can be refused on it.
        self._used_token = token.value
        self._on_step("subscribing")
        return DialedConnection(connection, token.oauth_session, bool(wsc), _life_of(token))

    def renew(self, request: RenewToken) -> TokenLife:
        """Get another access token of the same OAuth session.

        Raises:
            AuthError: The OAuth session cannot be continued.
            RcTailError: The request failed; `retryable` says whether a retry may help.
        """
        token = self._tokens.get(oauth_session=request.oauth_session, min_life=request.min_life)
        if token.oauth_session != request.oauth_session:
            raise AuthError("the OAuth session has ended")
        return _life_of(token)

    def _ws_token(self, token: AccessToken, request: Connect) -> tuple[AccessToken, WsToken]:
        started = self._tokens.now()
        is_fresh, tries = False, 0
        while True:
            try:
                return token, self._client.wstoken(token.value)
            except TokenExpiredError as error:
                if is_fresh or tries == _MOST_TOKENS:
                    raise AuthError(error.message, hint=error.hint, code=error.code) from error
            # Replaced by another process, or its session was revoked: another token may work. A
            # cached one may be invalid too; only one that was issued just now must work.
            oauth_session = request.oauth_session or None
            token = self._tokens.get(oauth_session=oauth_session, rejected=token.value)
            is_fresh = token.issued_at >= started
            tries += 1


def _life_of(token: AccessToken) -> TokenLife:
    ends = clock() + (token.expires_at - wall_of(clock()))
    life = token.expires_at - token.issued_at
    return TokenLife(ends, life, refreshable=token.refresh_token is not None)
