"""``rc-tail login``: tries credentials and stores them as a profile."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rc_tail.cli.context import identity_options, open_reporter
from rc_tail.config.option import OptionValues
from rc_tail.reporter import Reporter
from rc_tail.system.lean_imports import import_lean

if TYPE_CHECKING:
    from rc_tail.config.settings import IdentityOptions
    from rc_tail.rest.login import LoginResult


def login(values: OptionValues) -> None:
    """Log in and store the login as a profile.

    Prompts for client ID, client secret and JWT, or takes them from variables
    (RC_APP_CLIENT_ID, RC_APP_CLIENT_SECRET, RC_USER_JWT), --env-file or --jwt-file.
    They are tried at once, and stored only if they work.
    """
    _log_in(identity_options(values), values["jwt_file"], open_reporter(values))


def _log_in(options: "IdentityOptions", jwt_file: Path | None, reporter: Reporter) -> None:
    import os

    import_lean("rc_tail.rest.login")
    from rc_tail.config.credentials import DEFAULT_PROFILE
    from rc_tail.config.folders import Folders
    from rc_tail.config.loading import profile_store
    from rc_tail.config.origins import login_override
    from rc_tail.config.settings import Environment, Settings
    from rc_tail.network.server_address import PRODUCTION
    from rc_tail.rest.login import collect_credentials, log_in
    from rc_tail.rest.platform import Platform
    from rc_tail.system.terminal_prompt import terminal

    options.check()
    environment = Environment.read(options, os.environ)
    name = options.profile or environment.profile or DEFAULT_PROFILE
    store = profile_store(Folders.of_user(), reporter)
    # Raises for a damaged profile, which is not overwritten.
    store.outline(name)
    store.check_folder()
    for words in environment.quote_warnings():
        reporter.warning("credentials", words)
    server = options.asked_server() or environment.server or PRODUCTION
    reporter.info("login", f"logging in to {server}", server=server)
    credentials = collect_credentials(environment, jwt_file, terminal(), reporter)
    reporter.redactor.add(credentials.jwt, credentials.client_secret)
    settings = Settings(
        server, credentials, f"profile {name}", profile=name, ca_bundle=options.ca_bundle
    )
    with Platform(settings, reporter) as platform:
        done = log_in(platform, name, store)
    _report_login(done, name, reporter)
    if (found := login_override(name, settings, os.environ)) is not None:
        words, is_other = found
        (reporter.warning if is_other else reporter.info)("login", words)


def _report_login(done: "LoginResult", profile: str, reporter: Reporter) -> None:
    who = done.identity
    reporter.info("login", f"logged in as {who.described()}", extension_id=who.extension_id)
    if not done.named:
        reporter.info("login", "the app cannot read names: it lacks the permission ReadAccounts")
    if done.scope:
        _report_permissions(done.scope, reporter)
    else:
        reporter.info("login", "RingCentral did not report the permissions of the app")
    secrets_place = "in the keyring" if done.place == "keyring" else "also there (file mode 0600)"
    reporter.info(
        "login",
        f"stored as profile {profile!r} in {done.path}; client secret and JWT are {secrets_place}",
        profile=profile,
        path=str(done.path),
        secrets=done.place,
    )


def _report_permissions(scope: Sequence[str], reporter: Reporter) -> None:
    from rc_tail.events.catalogue import KINDS
    from rc_tail.rest.permissions import allowed_events, can_open_websocket, kinds_allowed

    events = kinds_allowed(scope, [(kind.name, kind.permission) for kind in KINDS])
    reporter.info("login", f"app permissions: {', '.join(scope)}", scope=list(scope))
    reporter.info("login", f"available events: {allowed_events(scope)}", events=events)
    if not can_open_websocket(scope):
        reporter.warning(
            "login",
            "the app lacks the permission WebSocketsSubscription, which every event requires: "
            'add "WebSocket Subscriptions" in RingCentral\'s console and log in again',
        )
