"""What commands begin with: a reporter, the settings, the platform."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING

from rc_tail.cli.choices import Color, LogFormat
from rc_tail.cli.exit import use_reporter
from rc_tail.errors import UsageError
from rc_tail.reporter import Reporter, Verbosity
from rc_tail.system.terminal import terminal_columns

if TYPE_CHECKING:
    from rc_tail.config.settings import IdentityOptions, Settings
    from rc_tail.rest.platform import Platform


def open_reporter(
    *,
    quiet: bool = False,
    verbose: bool = False,
    debug: bool = False,
    log_format: LogFormat = LogFormat.text,
    color: Color = Color.auto,
) -> Reporter:
    """Return what tells this command's messages; errors go through it from now on.

    Raises:
        UsageError: The options contradict each other.
    """
    reporter = Reporter(
        sys.stderr,
        log_format=log_format.value,
        color=color_wanted(color, sys.stderr, os.environ),
        columns=terminal_columns(sys.stderr),
    )
    use_reporter(reporter)
    if quiet and (verbose or debug):
        raise UsageError("-q excludes -v and --debug")
    if quiet:
        reporter.verbosity = Verbosity.QUIET
    elif debug:
        reporter.verbosity = Verbosity.DEBUG
    elif verbose:
        reporter.verbosity = Verbosity.VERBOSE
    return reporter


def color_wanted(color: Color, stream: IO[str], environ: Mapping[str, str]) -> bool:
    """Whether to colour what goes to `stream`; each stream is decided for itself.

    Args:
        color: What the command line says.
        stream: Where the text goes.
        environ: ``NO_COLOR``, ``FORCE_COLOR`` and ``TERM`` count with ``auto``.
    """
    if color is not Color.auto:
        return color is Color.always
    if environ.get("NO_COLOR"):
        return False
    if environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and environ.get("TERM") != "dumb"


def identity_options(
    *,
    profile: str | None = None,
    server: str | None = None,
    sandbox: bool = False,
    env_file: Path | None = None,
    ca_bundle: Path | None = None,
) -> "IdentityOptions":
    """Return what the command line says about identity and server."""
    from rc_tail.config.settings import IdentityOptions

    return IdentityOptions(
        profile=profile, server=server, sandbox=sandbox, env_file=env_file, ca_bundle=ca_bundle
    )


def open_settings(options: "IdentityOptions", reporter: Reporter) -> "Settings":
    """Find server and credentials; there may be none.

    Raises:
        UsageError: The options contradict each other.
        ConfigError: An env file or profile cannot be used.
    """
    from rc_tail.config.loading import read_settings

    return read_settings(options, reporter)


def open_platform(options: "IdentityOptions", reporter: Reporter) -> "Platform":
    """Return settings, REST client and tokens; close it at the end.

    Raises:
        NotLoggedInError: There are no credentials.
        UsageError: The options contradict each other.
        ConfigError: An env file or profile cannot be used.
    """
    from rc_tail.rest.platform import Platform

    return Platform(open_settings(options, reporter), reporter)
