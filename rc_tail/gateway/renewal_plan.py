"""When a connection must be replaced before it ends, so that no event is missed.

Two ends are known beforehand: the gateway's absolute time-out (developer guide, "Heart beats"), and
the end of an access token that cannot be refreshed, since with it ends the OAuth session.
"""

import msgspec

from rc_tail.gateway.connection_state import ConnectionState

LEAD = 0.2  # of a lifetime, before its end
MOST_LEAD = 300.0  # before the absolute time-out
SOON = 1.0
# Seconds that a connection which replaced another is used at least, however short an absolute
# time-out the gateway announces: the service allows five WebSocket tokens a minute.
LEAST_LIFE = 12.0


class RenewalPlan(msgspec.Struct, frozen=True):
    """How the end of a connection is avoided.

    Attributes:
        at: When.
        renews: Whether another access token is enough; else another connection is needed.
        reason: Which end it is.
    """

    at: float
    renews: bool
    reason: str


TOKEN_ENDS = "the access token expires soon"  # noqa: S105 - words
TIME_IS_UP = "the connection expires soon"


def plan_renewal(connection: ConnectionState, now: float, *, successor: bool) -> RenewalPlan | None:
    """Return how the end of a live connection is avoided; None when it has none.

    Args:
        successor: Whether it has just replaced another. Then it is not replaced at once, even if
            the service gave it a token with as little life as the one before.
    """
    plans = [
        p
        for p in (
            _for_token(connection, now, successor=successor),
            _for_timeout(connection, now, successor=successor),
        )
        if p
    ]
    return min(plans, key=lambda p: p.at) if plans else None


def _for_token(connection: ConnectionState, now: float, *, successor: bool) -> RenewalPlan | None:
    if connection.token is None:
        return None
    wait = max(SOON, (connection.token.ends - now) / 2) if successor else SOON
    at = max(connection.token.ends - LEAD * connection.token.life, now + wait)
    return RenewalPlan(at, connection.token.refreshable, TOKEN_ENDS)


def _for_timeout(connection: ConnectionState, now: float, *, successor: bool) -> RenewalPlan | None:
    absolute = connection.limits.absolute_timeout
    if not absolute or absolute <= 0:
        return None
    ends = connection.opened_at + absolute
    wait = max(LEAST_LIFE, (ends - now) / 2) if successor else SOON
    at = max(ends - min(LEAD * absolute, MOST_LEAD), now + wait)
    return RenewalPlan(at, renews=False, reason=TIME_IS_UP)


def seconds_to_outlive(connection: ConnectionState, now: float) -> float:
    """Return the seconds that an access token must live to outlive that of a connection."""
    return 0.0 if connection.token is None else max(0.0, connection.token.ends - now) + SOON
