"""Options of the simulator; each default is what RingCentral does."""

from collections.abc import Mapping
from dataclasses import dataclass, field

# Every permission that events and the calls that cause them need; ReadCallLog is for the call log, the last one for the
# transport (developer guide, "Permissions" and "Subscribing via WebSockets").
FULL_SCOPE = (
    "ReadMessages",
    "EditMessages",
    "SMS",
    "InternalMessages",
    "Faxes",
    "ReadPresence",
    "EditPresence",
    "CallControl",
    "ReadAccounts",
    "ReadContacts",
    "ReadCallLog",
    "TeamMessaging",
    "RingSense",
    "A2PSMS",
    "WebSocketsSubscription",
)
# Requests a minute for each user, app and group (developer guide, "Rate limits").
RATES: Mapping[str, int] = {"light": 50, "medium": 40, "heavy": 10, "auth": 5}

# In the form of a JWT: Ada's, without expiry and without a valid signature.
JWT = ".".join(
    (
        "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9",
        "eyJpc3MiOiJyYy10YWlsIHNpbXVsYXRvciIsInN1YiI6IjQwMDAwMDEwMSJ9",
        "c2ltdWxhdG9y",
    )
)


# Those that shape a session; `simulator run` and scenario files have them under the same names.
SESSION_OPTIONS = (
    "refresh_tokens",
    "wstoken_ttl",
    "wstoken_single_use",
    "idle_timeout",
    "recovery_timeout",
    "recovery_buffer",
    "wsc_everywhere",
)


@dataclass(frozen=True, slots=True)
class Options:
    """How this RingCentral behaves. Times are in seconds.

    Attributes:
        port: The port on 127.0.0.1; 0 for any free port.
        tls: Whether to serve https and wss.
        rate: Generated events a second; 0 for none.
        seed: Of the generated events, for repeatable ones; None for a random one.
        client_id: The app's id.
        client_secret: The app's secret.
        jwt: The JWT in the variables for clients; any other text is accepted as well.
        scope: The app's permissions.
        websocket_refusal: Where a missing WebSocket permission is refused: at ``wstoken`` (CMN-401)
            or at ``subscribe`` (SUB-528); both were seen in the field.
        administrator: Whether the user can subscribe to events of other users.
        refresh_tokens: Whether refresh tokens are issued; off by default for JWT apps.
        access_token_ttl: Lifetime of an access token; None for what the client requests, 3600 at
            most.
        wstoken_ttl: Lifetime of a WebSocket token (the guide says 30, the SDKs 600).
        wstoken_single_use: Whether a WebSocket token opens one connection only, as the guide says.
        enforce_limits: Whether RingCentral's limits are announced and enforced; without it the
            headers announce limits that no client reaches.
        session_limit: Sessions of a user and app; None for five, if limits are enforced.
        connection_limit: Connections of an OAuth session, announced and always enforced.
        request_limit: Requests of a connection at once, announced and always enforced.
        subscription_limit: Subscriptions of a user and app; None for 20, if limits are enforced.
        rates: Requests a minute by group, if limits are enforced.
        wsc_everywhere: Whether every message of the service carries ``wsc``; in every capture of the
            service only the connection details do.
        recovery_timeout: How long a session can be recovered after its connection was lost.
        recovery_buffer: How many missed messages are buffered for it; the newest replace the oldest.
        replay_delay: How long after the connection details of a recovery missed messages follow;
            an official SDK does not listen for them sooner.
        replay_delivered: How many messages that were delivered already a recovery repeats.
        idle_timeout: Silence after which a connection is closed; pings do not count.
        absolute_timeout: Age at which a connection is closed.
        ping_interval: How often the server pings a connection.
        pong_timeout: How long it waits for the pong.
        subscription_header: Whether answers to subscription requests carry
            ``WSG-SubscriptionId``, which the Python SDK waits for and the live service omits.
        media_twin: Whether links to attachments lead to ``media.`` where the server's address begins
            with ``platform.``, as with RingCentral; both names must lead to this machine.
    """

    port: int = 0
    tls: bool = False
    rate: float = 0.0
    seed: int | None = None
    client_id: str = "simulator-client-id"
    client_secret: str = "simulator-client-secret"  # noqa: S105 - public
    jwt: str = JWT
    scope: tuple[str, ...] = FULL_SCOPE
    websocket_refusal: str = "wstoken"
    administrator: bool = True
    refresh_tokens: bool = False
    access_token_ttl: float | None = None
    wstoken_ttl: float = 600.0
    wstoken_single_use: bool = False
    enforce_limits: bool = False
    session_limit: int | None = None
    connection_limit: int = 50
    request_limit: int = 10
    subscription_limit: int | None = None
    rates: Mapping[str, int] = field(default_factory=lambda: dict(RATES))
    wsc_everywhere: bool = False
    recovery_timeout: float = 180.0
    recovery_buffer: int = 100
    replay_delay: float = 0.05
    replay_delivered: int = 0
    idle_timeout: float = 1800.0
    absolute_timeout: float = 86400.0
    ping_interval: float = 30.0
    pong_timeout: float = 10.0
    subscription_header: bool = False
    media_twin: bool = False

    @property
    def sessions_allowed(self) -> int | None:
        """How many OAuth sessions a user and app can have; None for any number."""
        return self.session_limit or (5 if self.enforce_limits else None)

    @property
    def subscriptions_allowed(self) -> int | None:
        """How many subscriptions a user and app can have; None for any number."""
        return self.subscription_limit or (20 if self.enforce_limits else None)
