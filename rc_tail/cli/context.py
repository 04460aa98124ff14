"""What commands begin with: the reporter, the identity, the settings."""

import os
import sys
from collections.abc import Mapping
from typing import IO, TYPE_CHECKING

from rc_tail.cli.exit import use_reporter
from rc_tail.cli.option import Color, LogFormat, OptionValues
from rc_tail.errors import UsageError
from rc_tail.reporter import Reporter, Verbosity
from rc_tail.system.terminal import terminal_columns

if TYPE_CHECKING:
    from rc_tail.config.settings import IdentityOptions, Settings


def open_reporter(values: OptionValues) -> Reporter:
    """Return the reporter of a command's messages; errors go through it from now on.

    Args:
        values: What the command was called with; the options of messages that it does not take
            have their defaults.

    Raises:
        UsageError: The options contradict each other.
    """
    quiet, verbose, debug = (values.get(name, False) for name in ("quiet", "verbose", "debug"))
    reporter = Reporter(
        sys.stderr,
        log_format=values.get("log_format", LogFormat.text).value,
        color=use_color(values.get("color", Color.auto), sys.stderr, os.environ),
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


def use_color(color: Color, stream: IO[str], environ: Mapping[str, str]) -> bool:
    """Whether to colour what goes to `stream`; each stream is decided for itself.

    Args:
        color: The value of ``--color``.
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


def identity_options(values: OptionValues) -> "IdentityOptions":
    """Return what the command line says about identity and server."""
    from rc_tail.config.settings import IdentityOptions

    return IdentityOptions(
        profile=values.get("profile"),
        server=values.get("server"),
        sandbox=values.get("sandbox", False),
        env_file=values.get("env_file"),
        ca_bundle=values.get("ca_bundle"),
    )


def open_settings(options: "IdentityOptions", reporter: Reporter) -> "Settings":
    """Find server and credentials, if there are any.

    Raises:
        UsageError: The options contradict each other.
        ConfigError: An env file or profile cannot be used.
    """
    from rc_tail.config.loading import read_settings

    return read_settings(options, reporter)
