"""Settings as commands read them, and what is said about them.

Apart from `rc_tail.rest.platform`, so that commands without requests import no HTTP library.
"""

import os
from collections.abc import Mapping

from rc_tail.config.credentials import ProfileStore
from rc_tail.config.folders import Folders
from rc_tail.config.settings import IdentityOptions, Settings, load_settings
from rc_tail.reporter import Reporter, Verbosity
from rc_tail.system.files import Warn


def warning_callback(reporter: Reporter, event: str = "credentials") -> Warn:
    """Return a callback that reports warnings to `reporter`."""
    return lambda message: reporter.warning(event, message)


def profile_store(folders: Folders, reporter: Reporter) -> ProfileStore:
    """Return the stored logins."""
    return ProfileStore(folders.config, warning_callback(reporter))


def read_settings(
    options: IdentityOptions,
    reporter: Reporter,
    *,
    environ: Mapping[str, str] | None = None,
    folders: Folders | None = None,
) -> Settings:
    """Find server and credentials, and say with ``-v`` where they came from.

    Args:
        reporter: Its redactor learns the secrets.
        environ: The variables; None for the process's.
        folders: Where files are; None for the user's.

    Raises:
        UsageError: The options contradict each other.
        ConfigError: An env file or profile cannot be used.
    """
    store = profile_store(folders or Folders.of_user(), reporter)
    variables = os.environ if environ is None else environ
    settings = load_settings(options, variables, store)
    if settings.credentials is not None:
        reporter.redactor.add(settings.credentials.jwt, settings.credentials.client_secret)
    for note in settings.notes:
        reporter.verbose("credentials", note)
    if settings.credentials is not None and reporter.verbosity >= Verbosity.VERBOSE:
        from rc_tail.config.origins import overridden_settings

        for words in overridden_settings(settings, options, variables, store):
            reporter.verbose("credentials", f"ignored: {words}")
    for warning in settings.warnings:
        reporter.warning("credentials", warning)
    return settings
