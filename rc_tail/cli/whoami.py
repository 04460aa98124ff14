"""``rc-tail whoami``: prints who is logged in, with which credentials."""

import json
import sys
from typing import TYPE_CHECKING

from rc_tail.cli.context import identity_options, open_reporter, open_settings
from rc_tail.cli.exit import open_terminal
from rc_tail.config.option import OptionValues
from rc_tail.system.lean_imports import import_lean
from rc_tail.text.escape import visible, visible_json

if TYPE_CHECKING:
    from rc_tail.config.settings import Settings
    from rc_tail.reporter import Reporter
    from rc_tail.rest.stored_login import StoredLogin

_LABEL = len("credentials  ")


def whoami(values: OptionValues) -> None:
    """Show who is logged in, and what the app has permission to do.

    RingCentral is asked only if credentials are used for the first time, as those of
    variables are; afterwards the stored answer is shown.
    """
    reporter = open_reporter(values)
    facts = _facts(open_settings(identity_options(values), reporter), reporter)
    if values["as_json"]:
        sys.stdout.write(visible_json(json.dumps(facts.as_json(), ensure_ascii=False)) + "\n")
        return
    from rc_tail.text.columns import hang

    columns = open_terminal().output_width
    width = columns() if columns is not None else None
    for label, text in facts.rows():
        sys.stdout.write(hang(f"{label:<{_LABEL}}", visible(text), width) + "\n")


def _facts(settings: "Settings", reporter: "Reporter") -> "StoredLogin":
    from rc_tail.rest.stored_login import stored_login

    facts = stored_login(settings, reporter)
    if facts.identity is None:
        import_lean("rc_tail.rest.platform")
        from rc_tail.rest.platform import Platform

        with Platform(settings, reporter) as platform:
            platform.tokens.identity()
        facts = stored_login(settings, reporter)
    return facts
