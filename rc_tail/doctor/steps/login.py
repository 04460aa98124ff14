"""The steps about credentials and permissions: settings, the JWT's claims, token, name, permissions, limits."""

from typing import Any

from rc_tail.config.loading import profile_store
from rc_tail.config.origins import overridden_settings, setting_origins
from rc_tail.config.settings import load_settings
from rc_tail.doctor.event_choice import choose_filters, missing_permissions
from rc_tail.doctor.examination import Examination
from rc_tail.doctor.findings import Finding, ok, skipped, warning
from rc_tail.errors import PermissionMissingError
from rc_tail.rest.jwt_hints import jwt_warnings, read_claims
from rc_tail.rest.permissions import can_open_websocket
from rc_tail.rest.platform import Platform
from rc_tail.rest.responses import identity
from rc_tail.text.timestamps import from_unix
from rc_tail.text.wording import duration_words

_ME = "/restapi/v1.0/account/~/extension/~"


def check_settings(examination: Examination) -> Finding:
    """Find server and credentials, and say where each came from.

    Raises:
        NotLoggedInError: There are no credentials.
        ConfigError: A profile or env file cannot be used.
        UsageError: The CA bundle cannot be used.
    """
    profiles = profile_store(examination.folders, examination.reporter)
    found = load_settings(examination.options, examination.environ, profiles)
    credentials = found.required_credentials()
    examination.reporter.redactor.add(credentials.jwt, credentials.client_secret)
    examination.settings = found
    examination.platform = examination.resources.enter_context(
        Platform(found, examination.reporter, folders=examination.folders)
    )
    outline = profiles.outline(found.profile) if found.profile else None
    place = outline.place if outline is not None else ""
    rows = setting_origins(found, examination.options, examination.environ, place)
    over = list(overridden_settings(found, examination.options, examination.environ, profiles))
    details = [f"{row.name}: {row.value} (from {row.origin})" for row in rows]
    details += [f"ignored: {words}" for words in over]
    fields: dict[str, Any] = {
        "settings": {row.name: {"value": row.value, "from": row.origin} for row in rows},
        "not_used": over,
        "profile": found.profile or None,
    }
    words = f"{found.origin}, at {found.server}"
    if found.warnings:
        return warning("; ".join((words, *found.warnings)), *details, **fields)
    return ok(words, *details, **fields)


def check_jwt(examination: Examination) -> Finding:
    """Say what the JWT says about itself; only RingCentral can judge it."""
    jwt, now = examination.settings.required_credentials().jwt, examination.platform.tokens.now()
    read = read_claims(jwt)
    ends = None if read is None or read.expires_at is None else _day(read.expires_at)
    fields = {"expires": ends, "audiences": list(read.audiences) if read is not None else []}
    wrong = jwt_warnings(jwt, examination.settings.server, now)
    if wrong:
        hint = (
            "The token step shows whether RingCentral accepts it. Create JWTs in the developer "
            "console, under Credentials."
        )
        return warning("; ".join(wrong), hint=hint, **fields)
    return ok(f"JWT expires {ends}" if ends else "JWT has no expiry", **fields)


def _day(moment: float) -> str | None:
    date = from_unix(moment)
    return None if date is None else f"{date:%Y-%m-%d %H:%M} UTC"


def check_token(examination: Examination) -> Finding:
    """Take a living access token from the cache, or log in.

    Raises:
        JwtRejectedError: The login was refused.
        RcTailError: The request failed.
    """
    asked_at = examination.platform.tokens.now()
    examination.token = examination.retry_after_limit(examination.platform.tokens.get)
    return _told_token(examination, new=examination.token.issued_at >= asked_at)


def _told_token(examination: Examination, *, new: bool) -> Finding:
    left = max(0, round(examination.token.expires_at - examination.platform.tokens.now()))
    rounded = round(left, -1) if left < 60 else 60 * round(left / 60)
    # One more login would push out a session that is in use.
    how = "new login" if new else "cached; client secret and JWT not tested"
    refreshable = examination.token.refresh_token is not None
    return ok(
        f"access token valid for {duration_words(rounded)} ({how})",
        seconds_left=left,
        new=new,
        refresh_token=refreshable,
    )


def check_identity(examination: Examination) -> Finding:
    """Ask whose token it is, which also shows whether it works.

    Raises:
        AuthError: No token works.
        RcTailError: The request failed.
    """
    try:
        body = examination.retry_after_limit(lambda: examination.platform.read(_ME))
        found = identity(body, examination.settings.server)
    except PermissionMissingError as error:
        examination.token = examination.platform.tokens.get()
        hint = "Events do not need it. To see the name, give the app the permission ReadAccounts."
        return warning(f"the app cannot read its identity: {error.message}", hint=hint)
    # One that was dead has been replaced by now.
    examination.token = examination.platform.tokens.get()
    examination.platform.tokens.remember(found)
    return ok(
        f"{found.described()}, account {found.account_id or 'unknown'}",
        account_id=found.account_id,
        extension_id=found.extension_id,
        name=found.name,
    )


def check_permissions(examination: Examination) -> Finding:
    """Compare the app's permissions with the events, and choose events where none were named.

    Raises:
        PermissionMissingError: No events were named, and the app's permissions open none.
    """
    scope = examination.token.scope
    examination.filters = (
        examination.requested.filters
        if examination.requested is not None
        else choose_filters(scope)
    )
    fields = {"scope": list(scope), "filters": list(examination.filters)}
    if not scope:
        return skipped("RingCentral did not report the permissions of the app", **fields)
    words = f"app permissions: {', '.join(scope)}"
    lacking = missing_permissions(scope, examination.filters)
    details = [f"{name} needs {permission}" for name, permission in lacking]
    if not can_open_websocket(scope):
        details.append("every event needs WebSocketsSubscription")
    if details:
        hint = (
            "The next steps show what RingCentral accepts. Add permissions to the app in the developer "
            'console (WebSocketsSubscription is "WebSocket Subscriptions" there), then run '
            "`rc-tail login` again: existing tokens do not have them."
        )
        return warning(words, *details, hint=hint, missing=dict(lacking), **fields)
    return ok(words, **fields)


def check_limits(examination: Examination) -> Finding:
    """Say how many logins and connections are left in this minute."""
    outlook = examination.platform.budget.outlook()
    fields = {
        "limit": outlook.limit,
        "used": outlook.used,
        "window": outlook.window,
        "wait": round(outlook.wait, 1),
    }
    if outlook.limit is None:
        return skipped("RingCentral announced no limit for logins and connections", **fields)
    minute = "minute" if outlook.window == 60 else f"{outlook.window:.0f} s"
    answer = f"{outlook.used} of {outlook.limit} logins used in the last {minute}"
    if outlook.wait > 0:
        hint = "rc-tail waits automatically; other programs with this app and user may fail."
        return warning(f"{answer}; next slot in {outlook.wait:.0f} s", hint=hint, **fields)
    return ok(answer, **fields)
