"""What commands begin with: the reporter, the identity, the settings."""

from typing import TYPE_CHECKING

from rc_tail.cli.exit import open_terminal, use_reporter
from rc_tail.config.option import Color, LogFormat, OptionValues
from rc_tail.errors import UsageError
from rc_tail.reporter import Reporter, Verbosity

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
    terminal = open_terminal()
    reporter = Reporter(
        terminal.messages,
        log_format=values.get("log_format", LogFormat.text).value,
        color=terminal.message_color(values.get("color", Color.auto)),
        columns=terminal.message_width,
    )
    use_reporter(reporter)
    if quiet and (verbose or debug):
        raise UsageError("-q cannot be combined with -v or --debug")
    if quiet:
        reporter.verbosity = Verbosity.QUIET
    elif debug:
        reporter.verbosity = Verbosity.DEBUG
    elif verbose:
        reporter.verbosity = Verbosity.VERBOSE
    return reporter


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
