"""Logging in: collect the credentials, try them at once, store what works."""

import contextlib
import sys
from dataclasses import dataclass
from pathlib import Path

from rc_tail.config.credentials import Credentials, Identity, Profile, ProfileStore
from rc_tail.config.jwt_text import JWT_HINT, clean_jwt, jwt_problem
from rc_tail.config.settings import Environment
from rc_tail.errors import (
    JwtRejectedError,
    NotLoggedInError,
    PermissionMissingError,
    RcTailError,
    UsageError,
)
from rc_tail.reporter import Reporter
from rc_tail.rest.platform import Platform
from rc_tail.rest.responses import TokenAnswer
from rc_tail.system.terminal_prompt import TerminalPrompt
from rc_tail.text.escape import visible

_LONGEST_JWT = 64 * 1024
_CONSOLE = "https://developers.ringcentral.com/my-account.html"
# Where each value is found: RingCentral developer guide, "Create an app" and "Create a credential".
_GUIDE = (
    f"Client ID, client secret and JWT are required. Find them at {_CONSOLE}",
    (
        'Client ID and secret: open your app, tab "Credentials". The app must be of type "REST API '
        'App" with authentication "JWT auth flow" and the permission "WebSocket Subscriptions".'
    ),
    'JWT: in the menu under your name, "Credentials", "Create JWT".',
)


def read_jwt_file(file: Path, prompt: TerminalPrompt | None, reporter: Reporter) -> str:
    """Return the JWT in a file, or on standard input for ``-``.

    Args:
        prompt: Asks, where standard input is a terminal; None where it is not.
        reporter: Says why it is asked again.

    Raises:
        UsageError: It cannot be read, or does not contain a JWT.
    """
    if str(file) == "-" and prompt is not None:
        return _ask_jwt(prompt, reporter)
    shown = "standard input" if str(file) == "-" else visible(str(file))
    try:
        if str(file) == "-":
            data = sys.stdin.buffer.read(_LONGEST_JWT + 1)
        else:
            with file.open("rb") as opened:
                data = opened.read(_LONGEST_JWT + 1)
        jwt = clean_jwt(data.decode("utf-8-sig"))
    except OSError as error:
        raise UsageError(f"--jwt-file: {shown} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"--jwt-file: {shown} is not text") from error
    if len(data) > _LONGEST_JWT:
        raise UsageError(f"--jwt-file: {shown} is larger than {_LONGEST_JWT} bytes", hint=JWT_HINT)
    if problem := jwt_problem(jwt):
        raise UsageError(f"--jwt-file: {shown} does not contain a JWT: {problem}", hint=JWT_HINT)
    return jwt


def collect_credentials(
    environment: Environment,
    jwt_file: Path | None,
    prompt: TerminalPrompt | None,
    reporter: Reporter,
) -> Credentials:
    """Return the credentials: from the file and the variables, and what they lack from prompts.

    Args:
        jwt_file: The file of the JWT, or None.
        prompt: None without a terminal.
        reporter: Says before the first prompt where the values are found, and what is asked again.

    Raises:
        UsageError: The file cannot be used.
        NotLoggedInError: Something is missing and there is no terminal to ask on.
        JwtRejectedError: The JWT of the variables is not one.
        ConfigError: Another variable is not text.
        KeyboardInterrupt: Ctrl-C or Ctrl-D was typed at a prompt.
    """
    environment.check_text()
    family = environment.family
    client_id = environment.values.get(family.client_id, "")
    secret = environment.values.get(family.client_secret, "")
    jwt = "" if jwt_file is not None else environment.values.get(family.jwt, "")
    if jwt and (problem := jwt_problem(jwt)):
        raise JwtRejectedError(
            f"{family.jwt} does not look like a JWT: {problem}",
            hint=f"It comes from the {environment.origin}. {JWT_HINT}",
        )
    missing = [
        name
        for name, value in ((family.client_id, client_id), (family.jwt, jwt or jwt_file))
        if not value
    ]
    if missing and prompt is None:
        raise NotLoggedInError(
            f"{' and '.join(missing)} missing, and no terminal to prompt on",
            hint=f"Set {family.client_id}, {family.client_secret} and {family.jwt}, name them in "
            "a file with --env-file, or pass the JWT with --jwt-file FILE.",
        )
    if prompt is not None and (missing or str(jwt_file) == "-"):
        if missing:
            for line in _GUIDE:
                reporter.info("login", line)
            client_id = client_id or _ask_client_id(prompt, reporter)
        with prompt.without_echo():
            if missing:
                secret = secret or _ask_client_secret(prompt)
            jwt = jwt or _read_jwt(jwt_file, prompt, reporter)
    elif jwt_file is not None:
        jwt = read_jwt_file(jwt_file, prompt, reporter)
    return Credentials(client_id, secret.strip() or None, jwt)


def _read_jwt(file: Path | None, prompt: TerminalPrompt, reporter: Reporter) -> str:
    return _ask_jwt(prompt, reporter) if file is None else read_jwt_file(file, prompt, reporter)


def _ask_client_id(prompt: TerminalPrompt, reporter: Reporter) -> str:
    while not (answer := prompt.ask("Client ID: ", hidden=False).strip()):
        reporter.warning("login", f"a client ID is required. Find it at {_CONSOLE}")
    return answer


def _ask_client_secret(prompt: TerminalPrompt) -> str:
    return prompt.ask("Client secret (hidden; leave empty for a public app): ", hidden=True)


def _ask_jwt(prompt: TerminalPrompt, reporter: Reporter) -> str:
    while True:
        jwt = clean_jwt(prompt.ask("JWT (hidden): ", hidden=True, lines=True))
        if not (problem := jwt_problem(jwt)):
            return jwt
        words = f"this does not look like a JWT: {problem}" if jwt else "a JWT is required"
        reporter.warning("login", f"{words}. {JWT_HINT}")


@dataclass(frozen=True, slots=True)
class LoginResult:
    """A login that worked.

    Attributes:
        named: Whether the app may read who it is.
        place: Where the secrets are: ``file`` or ``keyring``.
    """

    identity: Identity
    scope: tuple[str, ...]
    path: Path
    named: bool
    place: str


def log_in(platform: Platform, profile: str, store: ProfileStore) -> LoginResult:
    """Try the credentials of `platform`; store them when they work.

    Args:
        profile: The name to store them under.

    Raises:
        JwtRejectedError: The login was refused.
        ConfigError: The profile cannot be written.
        RcTailError: The request failed.
    """
    credentials = platform.settings.required_credentials()
    server = platform.settings.server
    platform.tokens.warn_about_jwt()
    answer = platform.tokens.request_login()
    try:
        identity, named = _who(platform, answer)
        path = store.save(profile, Profile(server, credentials, identity, answer.scope))
        outline = store.outline(profile)
    except RcTailError:
        # A session that will not be used would push out one that is in use.
        with contextlib.suppress(RcTailError):
            platform.client.revoke(credentials, answer.access_token)
        raise
    platform.tokens.adopt(answer)
    platform.tokens.remember(identity)
    place = outline.place if outline is not None else "file"
    return LoginResult(identity, answer.scope, path, named, place)


def _who(platform: Platform, answer: TokenAnswer) -> tuple[Identity, bool]:
    try:
        return platform.client.who_am_i(answer.access_token), True
    except PermissionMissingError:
        if not answer.owner_id:
            raise
        return Identity("", answer.owner_id, server=platform.settings.server), False
