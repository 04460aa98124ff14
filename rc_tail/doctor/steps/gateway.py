"""The steps of listening: WebSocket token, connection, details, subscription, heartbeat."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from rc_tail.config.loading import warning_callback
from rc_tail.doctor.event_choice import display_name
from rc_tail.doctor.examination import Examination
from rc_tail.doctor.filter_trial import FilterTrial
from rc_tail.doctor.findings import Finding, failed, ok, warning
from rc_tail.doctor.gateway_probe import GatewayProbe
from rc_tail.doctor.steps.stale_subscriptions import StaleSubscriptions
from rc_tail.errors import BusyError, RcTailError
from rc_tail.gateway.messages import Response
from rc_tail.state.subscription_journal import SubscriptionJournal
from rc_tail.system.clocks import clock, wall_of
from rc_tail.text.wording import duration_words
from rc_tail.transport.websocket import TransportOptions, gateway_url, open_connection

_LEAVE_WITHIN = 5.0


def check_ws_token(examination: Examination) -> Finding:
    """Get a token for one connection.

    Raises:
        PermissionMissingError: The app may not use WebSockets.
        RcTailError: The request failed.
    """
    # The last call of a minute belongs to the tail that follows.
    examination.retry_after_limit(examination.platform.budget.keep_one)
    examination.ws_token = examination.retry_after_limit(
        lambda: examination.platform.client.wstoken(examination.token.value)
    )
    address = urlsplit(examination.ws_token.uri)
    return ok(
        f"token for {address.scheme}://{address.netloc}{address.path}, valid for "
        f"{duration_words(examination.ws_token.expires_in)}",
        uri=examination.ws_token.uri,
        expires_in=examination.ws_token.expires_in,
    )


def check_connection(examination: Examination) -> Finding:
    """Open the WebSocket.

    Raises:
        GatewayError: It was refused.
        RcTailError: It could not be reached.
    """
    examination.reporter.redactor.add(examination.ws_token.token)
    opened = open_connection(
        gateway_url(examination.ws_token.uri, examination.ws_token.token, ""),
        TransportOptions.of_reporter(examination.reporter),
        ssl_context=lambda: examination.platform.ssl_context,
    )
    examination.probe = GatewayProbe(opened, examination.within)
    warn = warning_callback(examination.reporter, "doctor")
    owner = examination.settings.identity_key
    book = SubscriptionJournal(examination.folders.state, examination.settings.server, owner, warn)
    examination.journal = examination.resources.enter_context(book.opened())
    # The book is closed behind it, so that the end of the subscription is written down.
    examination.resources.callback(_leave, examination)
    return ok(f"WebSocket connected to {urlsplit(examination.ws_token.uri).netloc}")


def check_details(examination: Examination) -> Finding:
    """Wait for the gateway's first message.

    Raises:
        RcTailError: Something else comes, or nothing.
    """
    details = examination.probe.details()
    limits = {
        "session recovery": details.recovery_timeout,
        "idle timeout": details.idle_timeout,
        "maximum lifetime": details.absolute_timeout,
    }
    words = ", ".join(f"{what} {duration_words(s)}" for what, s in limits.items() if s)
    return ok(
        words or "connected, but no limits were announced",
        recovery_timeout=details.recovery_timeout,
        recovery_buffer_size=details.recovery_buffer_size,
        idle_timeout=details.idle_timeout,
        absolute_timeout=details.absolute_timeout,
    )


def check_subscription(examination: Examination) -> Finding:
    """Subscribe, and find out which filters are refused and why.

    Raises:
        RcTailError: It is refused for another reason than its filters.
    """
    trial = FilterTrial(lambda filters: _subscribe(examination, filters))
    try:
        error = trial.run(examination.filters)
    except BusyError as full:
        # Too many subscriptions: those that a kill left behind need not be among them.
        if not StaleSubscriptions(examination).removed_on_request():
            raise
        examination.reporter.info("doctor", f"{full.message}; retrying once")
        trial = FilterTrial(lambda filters: _subscribe(examination, filters))
        error = trial.run(examination.filters)
    return _subscription_finding(examination, trial, error)


def _subscription_finding(
    examination: Examination, trial: FilterTrial, error: RcTailError | None
) -> Finding:
    lines = [refused.described(display_name(refused.event_filter)) for refused in trial.refused]
    if error is not None and not trial.refused:
        lines.append(
            f"RingCentral does not say which of the {len(examination.filters)} event filters it "
            "refuses; check one event at a time, as in: rc-tail doctor sms"
        )
    fields = {
        "filters": list(examination.filters),
        "active": trial.active,
        "refused": [
            {"filter": refused.event_filter, "code": refused.code, "words": refused.words}
            for refused in trial.refused
        ],
    }
    # A tail subscribes to all of them at once, and would fail; if the user named none of
    # them, that some are not for this user is no fault.
    if error is not None and (examination.requested is not None or not trial.accepted):
        return failed(error, *lines, **fields)
    words = _accepted(trial.accepted, len(examination.filters))
    if lines and examination.requested is not None:
        hint = "The tail continues without them. An administrator of the account can grant permissions."
        return warning(words, *lines, hint=hint, **fields)
    return ok(words, *lines, **fields)


def _accepted(accepted: int, count: int) -> str:
    if accepted < count:
        return f"{accepted} of {count} event filters accepted"
    return "event filter accepted" if count == 1 else f"all {count} event filters accepted"


def _subscribe(examination: Examination, filters: Sequence[str]) -> Response:
    response = examination.probe.subscribe(filters)
    if response.ok and response.subscription_id:
        now, before = wall_of(clock()), examination.subscription_id
        examination.subscription_id = response.subscription_id
        examination.journal.add(examination.subscription_id, now)
        if before not in ("", examination.subscription_id):
            # One a connection: the new one took its place.
            examination.journal.remove(before, now)
    return response


def check_heartbeat(examination: Examination) -> Finding:
    """Send a heartbeat through the connection, and wait for its echo.

    Raises:
        RcTailError: It does not come back.
    """
    seconds = examination.probe.beat()
    milliseconds = round(seconds * 1000)
    return ok(f"answered in {milliseconds or '<1'} ms", round_trip=round(seconds, 4))


def _leave(examination: Examination) -> None:
    """Delete the subscription, and close the connection."""
    client, id_ = examination.platform.client, examination.subscription_id
    try:
        if id_:
            # Not over the connection, which may be what is wrong.
            client.delete_subscription(examination.token.value, id_, timeout=_LEAVE_WITHIN)
            examination.journal.remove(id_, wall_of(clock()))
    except RcTailError as error:
        examination.reporter.warning(
            "doctor",
            f"the test subscription could not be deleted ({error.message}); rc-tail deletes it when "
            "it needs the slot",
        )
    finally:
        examination.probe.close()
