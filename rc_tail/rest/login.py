"""Logging in: collect the credentials, try them at once, store what works."""

import contextlib
import sys
from dataclasses import dataclass
from pathlib import Path

from rc_tail.config.credentials import Credentials, Identity, Profile, ProfileStore
from rc_tail.config.settings import Environment
from rc_tail.errors import NotLoggedInError, PermissionMissingError, RcTailError, UsageError
from rc_tail.rest.platform import Platform
from rc_tail.rest.responses import TokenAnswer
from rc_tail.system.terminal_prompt import TerminalPrompt
from rc_tail.text.escape import visible

_LONGEST_JWT = 64 * 1024


def read_jwt_file(file: Path, prompt: TerminalPrompt | None) -> str:
    """Return the JWT in a file, or on standard input for ``-``.

    Args:
        prompt: Asks, where standard input is a terminal; None where it is not.

    Raises:
        UsageError: It cannot be read, or holds no single word.
    """
    if str(file) == "-" and prompt is not None:
        return prompt.ask("JWT (hidden): ", hidden=True).strip()
    shown = "standard input" if str(file) == "-" else visible(str(file))
    try:
        if str(file) == "-":
            data = sys.stdin.buffer.read(_LONGEST_JWT + 1)
        else:
            with file.open("rb") as opened:
                data = opened.read(_LONGEST_JWT + 1)
        words = data.decode("utf-8-sig").split()
    except OSError as error:
        raise UsageError(f"--jwt-file: {shown} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"--jwt-file: {shown} is not text") from error
    if len(words) != 1 or len(data) > _LONGEST_JWT:
        raise UsageError(
            f"--jwt-file: {shown} does not contain a JWT",
            hint="It must contain the JWT and nothing else.",
        )
    return words[0]


def collect_credentials(
    environment: Environment, jwt_file: Path | None, prompt: TerminalPrompt | None
) -> Credentials:
    """Return the credentials: from the file and the variables, and what they lack from prompts.

    Args:
        jwt_file: The file of the JWT, or None.
        prompt: None without a terminal.

    Raises:
        UsageError: The file cannot be used, or a question was not answered.
        NotLoggedInError: Something is missing and there is no terminal to ask on.
        JwtRejectedError: The JWT of the variables is not text.
        ConfigError: Another variable is not text.
    """
    environment.check_text()
    family = environment.family
    client_id = environment.values.get(family.client_id, "")
    secret = environment.values.get(family.client_secret, "")
    jwt = environment.values.get(family.jwt, "")
    if jwt_file is not None:
        jwt = read_jwt_file(jwt_file, prompt)
    missing = [
        name for name, value in ((family.client_id, client_id), (family.jwt, jwt)) if not value
    ]
    if missing and prompt is None:
        raise NotLoggedInError(
            f"{' and '.join(missing)} missing, and no terminal to ask on",
            hint=f"Set {family.client_id}, {family.client_secret} and {family.jwt}, name them in "
            "a file with --env-file, or pass the JWT with --jwt-file FILE.",
        )
    if missing and prompt is not None:
        client_id = client_id or _answer(prompt, "Client ID: ", hidden=False)
        secret = secret or prompt.ask(
            "Client secret (hidden; leave empty for a public app): ", hidden=True
        )
        jwt = jwt or _answer(prompt, "JWT (hidden): ", hidden=True)
    return Credentials(client_id, secret.strip() or None, jwt)


def _answer(prompt: TerminalPrompt, question: str, *, hidden: bool) -> str:
    answer = prompt.ask(question, hidden=hidden).strip()
    if not answer:
        raise UsageError(
            f"missing: {question.partition(' (')[0].rstrip(': ')}",
            hint="Find them at https://developers.ringcentral.com/my-account.html",
        )
    return answer


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
