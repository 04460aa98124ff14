"""``rc-tail whoami``."""

import json
import sys

from rc_tail.cli.choices import Color, LogFormat
from rc_tail.cli.context import identity_options, open_reporter, open_settings
from rc_tail.cli.options import (
    ColorOption,
    DebugOption,
    EnvFileOption,
    JsonOption,
    LogFormatOption,
    ProfileOption,
    QuietOption,
    SandboxOption,
    ServerOption,
    VerboseOption,
)
from rc_tail.text.escape import visible, visible_json


def whoami(
    *,
    as_json: JsonOption = False,
    profile: ProfileOption = None,
    server: ServerOption = None,
    sandbox: SandboxOption = False,
    env_file: EnvFileOption = None,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
    debug: DebugOption = False,
    log_format: LogFormatOption = LogFormat.text,
    color: ColorOption = Color.auto,
) -> None:
    """Say who is logged in, from what is stored; RingCentral is not asked."""
    from rc_tail.rest.stored_login import stored_login

    reporter = open_reporter(
        quiet=quiet, verbose=verbose, debug=debug, log_format=log_format, color=color
    )
    options = identity_options(profile=profile, server=server, sandbox=sandbox, env_file=env_file)
    facts = stored_login(open_settings(options, reporter), reporter)
    if as_json:
        sys.stdout.write(visible_json(json.dumps(facts.as_json(), ensure_ascii=False)) + "\n")
    else:
        sys.stdout.write("".join(f"{visible(line)}\n" for line in facts.lines()))
