"""When a connection must be replaced before it ends, so that nothing is missed at all.

Two ends are known beforehand: the gateway's absolute time-out (developer guide, "Heart beats"), and
the end of an access token that cannot be refreshed, since with it ends the OAuth session.
"""

import msgspec

from rc_tail.gateway.connection_state import ConnectionState

LEAD = 0.2  # of a life, at its end
MOST_LEAD = 300.0  # of the absolute time-out's
SOON = 1.0


class RenewalPlan(msgspec.Struct, frozen=True):
    """What to do about a connection's end.

    Attributes:
        at: When.
        renews: Whether another access token is enough.
        reason: Which end it is.
    """

    at: float
    renews: bool
    reason: str


TOKEN_ENDS = "the access token ends soon"  # noqa: S105 - words
TIME_IS_UP = "the connection's time is nearly up"


def plan_renewal(link: ConnectionState, now: float, *, successor: bool) -> RenewalPlan | None:
    """Return what is to be done about the end of a live connection; None when it has none.

    Args:
        link: The connection.
        now: The time.
        successor: Whether it has just replaced another. Then it is not replaced at once, even if
            the service gave it a token with as little life as the one before.
    """
    plans = [p for p in (_for_token(link, now, successor=successor), _for_timeout(link)) if p]
    return min(plans, key=lambda p: p.at) if plans else None


def _for_token(link: ConnectionState, now: float, *, successor: bool) -> RenewalPlan | None:
    if link.token is None:
        return None
    wait = max(SOON, (link.token.ends - now) / 2) if successor else SOON
    at = max(link.token.ends - LEAD * link.token.life, now + wait)
    return RenewalPlan(at, link.token.refreshable, TOKEN_ENDS)


def _for_timeout(link: ConnectionState) -> RenewalPlan | None:
    absolute = link.limits.absolute_timeout
    if not absolute or absolute <= 0:
        return None
    return RenewalPlan(
        link.opened_at + absolute - min(LEAD * absolute, MOST_LEAD), renews=False, reason=TIME_IS_UP
    )


def seconds_to_outlive(link: ConnectionState, now: float) -> float:
    """Return the seconds that an access token must live to outlive that of a connection."""
    return 0.0 if link.token is None else max(0.0, link.token.ends - now) + SOON
