"""Where each setting came from, and what was passed over for it."""

import contextlib
from collections.abc import Iterator, Mapping

import msgspec

from rc_tail.config.credentials import DEFAULT_PROFILE, ProfileStore
from rc_tail.config.settings import (
    FAMILIES,
    PROFILE_VARIABLE,
    Environment,
    IdentityOptions,
    Settings,
)
from rc_tail.errors import ConfigError
from rc_tail.network.tls import authorities_variable
from rc_tail.text.escape import visible


class Origin(msgspec.Struct, frozen=True):
    """A setting.

    Attributes:
        value: What it is set to; secrets are not shown.
    """

    name: str
    value: str
    origin: str


def setting_origins(
    settings: Settings, options: IdentityOptions, environ: Mapping[str, str], place: str
) -> list[Origin]:
    """Return every setting and where it came from: flag, environment, profile, or nowhere.

    Args:
        place: Where the profile's secrets are: ``file`` or ``keyring``; empty without a profile.
    """
    credentials = settings.required_credentials()
    environment = Environment.read(options, environ)
    secrets = f"{settings.origin}, in the keyring" if place == "keyring" else settings.origin
    secret = "not shown" if credentials.client_secret else "none (public app)"
    return [
        Origin("server", settings.server, _of_server(settings, options, environment)),
        Origin("client id", credentials.client_id, settings.origin),
        Origin("client secret", secret, secrets),
        Origin("JWT", "not shown", secrets),
        _authorities(settings, environ),
    ]


def overridden_settings(
    settings: Settings, options: IdentityOptions, environ: Mapping[str, str], profiles: ProfileStore
) -> Iterator[str]:
    """Give what would be used if something else did not win over it."""
    environment = Environment.read(options, environ)
    if settings.profile:
        if options.profile is not None and environment.credentials() is not None:
            yield f"the credentials of the {environment.origin}: --profile takes precedence"
        return
    yield from _server_passed_over(settings, options, environment)
    for family in FAMILIES:
        if (
            family is not environment.family
            and environ.get(family.client_id)
            and environ.get(family.jwt)
        ):
            yield f"the variables {family.label}: {environment.family.label} are taken whole"
    if options.env_file is not None and (process := _of_process(environ)) is not None:
        yield f"the credentials of the {process}: --env-file takes precedence"
    name = environment.profile or DEFAULT_PROFILE
    if _is_there(name, profiles):
        yield f"profile {name!r}: the {environment.origin} takes precedence"


def login_override(
    profile: str, stored: Settings, environ: Mapping[str, str]
) -> tuple[str, bool] | None:
    """Return what keeps a plain ``rc-tail`` from using the login that was just stored, or None.

    Args:
        profile: The name of the stored login.
        environ: The process's variables, without those of an env file.

    Returns:
        The words, and whether another login or server would be used or refused.
    """
    environment = Environment.read(IdentityOptions(), environ)
    family, credentials = environment.family, environment.credentials()
    if credentials is not None:
        words = (
            f"{family.client_id} and {family.jwt} are set in the environment and override "
            f"profile {profile!r}: unset them, or use --profile {profile}"
        )
        return words, credentials != stored.credentials
    if environment.profile not in (None, profile):
        words = f"{PROFILE_VARIABLE} is set to {visible(environment.profile or '')!r}"
        return f"{words}: to use the new login, add --profile {profile}", True
    if environment.profile is None and profile != DEFAULT_PROFILE:
        return f"to use it, add --profile {profile}, or set {PROFILE_VARIABLE}={profile}", False
    text = environment.values.get(family.server, "")
    if text and text.rstrip("/") != stored.server:
        words = f"{family.server} is set to {visible(text)}, but profile {profile!r} is for"
        return f"{words} {stored.server}: unset it", True
    return None


def _server_passed_over(
    settings: Settings, options: IdentityOptions, environment: Environment
) -> Iterator[str]:
    variable = environment.family.server
    text = environment.values.get(variable)
    if text is None or options.asked_server() is None or text.rstrip("/") == settings.server:
        return
    flag = "--sandbox" if options.sandbox else "--server"
    yield f"{variable} ({text}): {flag} takes precedence"


def _is_there(name: str, profiles: ProfileStore) -> bool:
    # Where they cannot be listed, none would have been used.
    with contextlib.suppress(ConfigError):
        return name in profiles.names()
    return False


def _of_process(environ: Mapping[str, str]) -> str | None:
    alone = Environment.read(IdentityOptions(), environ)
    return alone.origin if alone.credentials() is not None else None


def _of_server(settings: Settings, options: IdentityOptions, environment: Environment) -> str:
    if settings.profile:
        return settings.origin
    if options.sandbox or options.server is not None:
        return "--sandbox" if options.sandbox else "--server"
    if environment.server is not None:
        # That a variable is one of the environment need not be said.
        where = environment.origin.removesuffix(f" ({environment.family.label})")
        return environment.family.server + (
            f" in the {where}" if options.env_file is not None else ""
        )
    return "the defaults"


def _authorities(settings: Settings, environ: Mapping[str, str]) -> Origin:
    name = "certificate authorities"
    if settings.ca_bundle is not None:
        return Origin(name, str(settings.ca_bundle), "--ca-bundle")
    if variable := authorities_variable(environ):
        return Origin(name, environ[variable], variable)
    return Origin(name, "this machine's", "the defaults")
