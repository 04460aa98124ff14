"""What can be chosen about the simulator; each default is what RingCentral does."""

from collections.abc import Mapping
from dataclasses import dataclass, field

# Permissions as a fully equipped app has them; ReadCallLog is the history's, the last one the
# transport's (developer guide, "Permissions" and "Subscribing via WebSockets").
FULL_SCOPE = (
    "ReadMessages",
    "SMS",
    "InternalMessages",
    "Faxes",
    "ReadPresence",
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

# Looks like one: Ada's, without an end, and signed by nobody.
JWT = ".".join(
    (
        "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9",
        "eyJpc3MiOiJyYy10YWlsIHNpbXVsYXRvciIsInN1YiI6IjQwMDAwMDEwMSJ9",
        "c2ltdWxhdG9y",
    )
)


@dataclass(frozen=True, slots=True)
class Options:
    """How this RingCentral behaves. Times are in seconds.

    Attributes:
        port: Where to listen on 127.0.0.1; 0 for any free port.
        tls: Whether to speak https and wss.
        rate: Events a second of made-up traffic; 0 for none.
        seed: Makes the traffic the same each time; None for a new one.
        client_id: The app's id.
        client_secret: The app's secret.
        jwt: The JWT that is handed out; any other text is accepted as well.
        scope: The app's permissions.
        websocket_refusal: Where a missing WebSocket permission shows: at ``wstoken`` (CMN-401)
            or at ``subscribe`` (SUB-528); both were seen in the field.
        administrator: Whether the user may subscribe to other users' events.
        refresh_tokens: Whether the app issues them; off by default for JWT apps.
        access_token_ttl: Life of an access token; None for what the client asks, 3600 at most.
        wstoken_ttl: Life of a WebSocket token (the guide says 30, the SDKs 600).
        wstoken_single_use: Whether a WebSocket token opens one connection only, as the guide says.
        enforce_limits: Whether limits are enforced; they are always told in headers.
        session_limit: Sessions of a user and app; None for five, when limits are enforced.
        subscription_limit: Subscriptions of a user and app; None for 20, when limits are enforced.
        rates: Requests a minute by group.
        recovery_timeout: How long after a cut a session can be recovered.
        recovery_buffer: How many missed messages are kept for it; the newest win.
        replay_delay: How long after the connection details of a recovery missed messages follow;
            an official SDK does not listen for them sooner.
        replay_delivered: How many messages from before the cut are repeated by a recovery.
        idle_timeout: Silence after which a connection is closed; pings do not count.
        absolute_timeout: Age at which a connection is closed.
        ping_interval: How often the server pings a connection.
        pong_timeout: How long it waits for the pong.
        subscription_header: Whether answers to subscription requests carry
            ``WSG-SubscriptionId``, which the Python SDK waits for and the live service omits.
        uuid_per_subscription: Whether two subscriptions get the same event under two uuids.
    """

    port: int = 0
    tls: bool = False
    rate: float = 0.0
    seed: int | None = None
    client_id: str = "simulator-client-id"
    client_secret: str = "simulator-client-secret"  # noqa: S105 - printed for everybody
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
    subscription_limit: int | None = None
    rates: Mapping[str, int] = field(default_factory=lambda: dict(RATES))
    recovery_timeout: float = 180.0
    recovery_buffer: int = 100
    replay_delay: float = 0.05
    replay_delivered: int = 0
    idle_timeout: float = 1800.0
    absolute_timeout: float = 86400.0
    ping_interval: float = 30.0
    pong_timeout: float = 10.0
    subscription_header: bool = False
    uuid_per_subscription: bool = False

    @property
    def sessions_allowed(self) -> int | None:
        """How many OAuth sessions a user and app may have; None for any number."""
        return self.session_limit or (5 if self.enforce_limits else None)

    @property
    def subscriptions_allowed(self) -> int | None:
        """How many subscriptions a user and app may have; None for any number."""
        return self.subscription_limit or (20 if self.enforce_limits else None)
