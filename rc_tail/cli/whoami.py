"""``rc-tail whoami``: prints what is stored about the login."""

import json
import sys

from rc_tail.cli.context import identity_options, open_reporter, open_settings
from rc_tail.config.option import OptionValues
from rc_tail.text.escape import visible, visible_json


def whoami(values: OptionValues) -> None:
    """Show the stored login (no request is made)."""
    from rc_tail.rest.stored_login import stored_login

    reporter = open_reporter(values)
    facts = stored_login(open_settings(identity_options(values), reporter), reporter)
    if values["as_json"]:
        sys.stdout.write(visible_json(json.dumps(facts.as_json(), ensure_ascii=False)) + "\n")
    else:
        sys.stdout.write("".join(f"{visible(line)}\n" for line in facts.lines()))
