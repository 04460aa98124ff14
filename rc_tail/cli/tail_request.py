"""What the options of the tail ask for; ``demo`` and ``show`` take them too."""

import os
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rc_tail.cli.choices import Output
from rc_tail.cli.context import color_wanted, identity_options, open_reporter, open_settings
from rc_tail.errors import UsageError
from rc_tail.reporter import Reporter

if TYPE_CHECKING:
    from rc_tail.config.settings import IdentityOptions
    from rc_tail.config.tail_options import TailOptions

_MESSAGES = ("quiet", "verbose", "debug", "log_format", "color")
_IDENTITY = ("profile", "server", "sandbox", "env_file", "ca_bundle")


def run_tail_command(given: Mapping[str, Any]) -> None:
    """Tail as a command line says.

    Args:
        given: The options by name.

    Raises:
        RcTailError: What went wrong.
    """
    orders = TailRequest(given)
    reporter = orders.reporter()
    wanted = orders.wanted()
    from rc_tail.tail.run import run_tail

    run_tail(wanted, open_settings(orders.identity(), reporter), reporter)


class TailRequest:
    """What a command line of these options says.

    Args:
        given: The options by name.
    """

    def __init__(self, given: Mapping[str, Any]) -> None:
        self.given = given

    def reporter(self) -> Reporter:
        """Return what tells this command's messages.

        Raises:
            UsageError: Options contradict each other.
        """
        return open_reporter(**self._some(_MESSAGES))

    def identity(self) -> "IdentityOptions":
        """Return what is said about identity and server."""
        return identity_options(**self._some(_IDENTITY))

    def wanted(self, events: tuple[str, ...] = ()) -> "TailOptions":
        """Return what is asked of the tail.

        Args:
            events: What to take where the command line names none.

        Raises:
            UsageError: It names no event, or something that is none, or contradicts itself.
        """
        from rc_tail.config.tail_options import TailOptions
        from rc_tail.events.selection.select import select

        given = self.given
        named, filters = given["events"] or [], given["filters"] or []
        self._check()
        selection = select(named if named or filters else events, filters)
        if given["extension"]:
            from rc_tail.rest.extensions import check_extensions

            check_extensions(given["extension"])
            # Which ids they are is asked later; whether the events take any is known now.
            selection.for_extensions(["0"])
        return TailOptions(
            selection,
            extensions=tuple(given["extension"] or ()),
            output=self._output().value,
            template=given["template"],
            where=tuple(given["where"] or ()),
            exclude=self._excluded(),
            mask=given["mask"],
            time=given["time"].value,
            color=self._colors(),
            count=given["count"],
            seconds=self._duration("seconds", "--for"),
            retry_for=self._duration("retry_for", "--retry-for"),
            since=self._since(),
            follow=given["follow"],
            history=given["history"],
            resume=given["resume"],
            **self._exec(),
            ready_file=self._path("ready_file", "--ready-file"),
            ready_fd=given["ready_fd"],
            health_file=self._path("health_file", "--health-file"),
            command=("rc-tail", *sys.argv[1:]),
        )

    def _some(self, group: tuple[str, ...]) -> dict[str, Any]:
        return {name: self.given[name] for name in group}

    def _check(self) -> None:
        given = self.given
        if given["since"] is None and not given["follow"]:
            raise UsageError("--no-follow ends after the history of --since, which is missing")
        if given["since"] is not None and not given["history"]:
            raise UsageError("--since and --no-history exclude each other")
        ready, health = given["ready_file"], given["health_file"]
        if ready is not None and health is not None and ready.absolute() == health.absolute():
            # The second one is there from the start: whoever waits for the first would not.
            raise UsageError("--ready-file and --health-file are the same file")
        if given["resume"] is not None:
            from rc_tail.state.resume_state import check_resume_name

            check_resume_name(given["resume"])
            if not given["follow"]:
                raise UsageError("--resume and --no-follow exclude each other")

    def _output(self) -> Output:
        output: Output | None = self.given["output"]
        as_json = self.given["as_json"]
        if self.given["template"] is not None and (as_json or output is not None):
            raise UsageError("--template excludes --output and --json")
        if as_json and output not in (None, Output.json):
            raise UsageError(f"--json and --output {output} exclude each other")
        if output is not None or as_json:
            return output or Output.json
        # Readable lines are for people; programs get JSON without asking.
        return Output.pretty if sys.stdout is not None and sys.stdout.isatty() else Output.json

    def _colors(self) -> bool:
        return sys.stdout is not None and color_wanted(self.given["color"], sys.stdout, os.environ)

    def _excluded(self) -> tuple[str, ...]:
        from rc_tail.events.selection.select import select

        if not self.given["exclude"]:
            return ()
        filters = select(self.given["exclude"]).filters
        if any("/telephony/sessions?" in each for each in filters):
            raise UsageError(
                "--exclude drops kinds, and the events of a call do not say which filter they met",
                hint='Tell them apart by what they hold: --where "!(body.parties[?missedCall])"',
            )
        return filters

    def _exec(self) -> dict[str, Any]:
        given = self.given
        if given["command"] is None:
            for name, option in (("exec_jobs", "--exec-jobs"), ("exec_timeout", "--exec-timeout")):
                if given[name] is not None:
                    raise UsageError(f"{option} goes with --exec, which is missing")
            return {}
        from rc_tail.sinks.exec_command import split_command

        timeout = self._duration("exec_timeout", "--exec-timeout")
        return {
            "exec_words": tuple(split_command(given["command"])),
            "exec_jobs": given["exec_jobs"] or 1,
            "exec_timeout": 30.0 if timeout is None else timeout,
        }

    def _path(self, name: str, option: str) -> Path | None:
        path: Path | None = self.given[name]
        # An empty value becomes the current folder.
        if path is not None and path == Path():
            raise UsageError(f"{option} needs the name of a file")
        return path

    def _duration(self, name: str, option: str) -> float | None:
        text = self.given[name]
        if text is None:
            return None
        from rc_tail.text.durations import parse_duration

        return parse_duration(text, option)

    def _since(self) -> float | None:
        text = self.given["since"]
        if text is None:
            return None
        from rc_tail.text.since import parse_since

        # Without a zone the machine's counts.
        return parse_since(text, datetime.now())  # noqa: DTZ005
