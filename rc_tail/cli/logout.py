"""``rc-tail logout``: revokes the tokens and deletes the profile."""

import contextlib
from typing import TYPE_CHECKING

from rc_tail.cli.context import identity_options, open_reporter, open_settings
from rc_tail.config.option import OptionValues
from rc_tail.errors import ConfigError
from rc_tail.reporter import Reporter
from rc_tail.system.lean_imports import import_lean

if TYPE_CHECKING:
    from rc_tail.config.settings import IdentityOptions, Settings


def logout(values: OptionValues) -> None:
    """Log out: revoke the tokens and delete the profile.

    Every rc-tail that runs with this login loses its connection.
    """
    reporter = open_reporter(values)
    options = identity_options(values)
    from rc_tail.config.keyring import SecretsUnavailableError

    try:
        settings = open_settings(options, reporter)
    except SecretsUnavailableError as error:
        _delete_without_secrets(options, error, reporter)
        return
    settings.required_credentials()
    _revoke(settings, reporter)
    _delete_profile(settings, reporter)


def _revoke(settings: "Settings", reporter: Reporter) -> None:
    import_lean("rc_tail.rest.platform")
    from rc_tail.rest.platform import Platform

    with Platform(settings, reporter) as platform:
        try:
            failures = platform.tokens.forget()
        except OSError as error:
            raise ConfigError(f"the token cache cannot be deleted: {error.strerror}") from error
    for failure in failures:
        # RingCentral's guide says to ignore a failed revocation.
        reporter.warning(
            "logout",
            f"could not revoke the session ({failure.message}); it will expire by itself",
        )


def _delete_without_secrets(
    options: "IdentityOptions", error: ConfigError, reporter: Reporter
) -> None:
    """Delete a profile whose secrets cannot be read, so that its sessions cannot be ended."""
    import os

    from rc_tail.config.credentials import DEFAULT_PROFILE
    from rc_tail.config.folders import Folders
    from rc_tail.config.loading import profile_store
    from rc_tail.config.settings import PROFILE_VARIABLE

    name = options.profile or os.environ.get(PROFILE_VARIABLE) or DEFAULT_PROFILE
    folders = Folders.of_user()
    reporter.warning(
        "logout",
        f"{error.message}; its sessions were not revoked and will expire by themselves",
    )
    with contextlib.suppress(NotADirectoryError):
        (folders.cache / "tokens" / f"profile-{name}.json").unlink(missing_ok=True)
    profile_store(folders, reporter).delete(name)
    reporter.info("logout", f"profile {name!r} deleted", profile=name)


def _delete_profile(settings: "Settings", reporter: Reporter) -> None:
    from rc_tail.config.folders import Folders
    from rc_tail.config.loading import profile_store

    if not settings.profile:
        reporter.info(
            "logout",
            f"logged out; the {settings.origin} still has the credentials",
            origin=settings.origin,
        )
        return
    profile_store(Folders.of_user(), reporter).delete(settings.profile)
    reporter.info(
        "logout",
        f"logged out of {settings.server}; profile {settings.profile!r} deleted",
        profile=settings.profile,
    )
