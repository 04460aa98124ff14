"""The text of ``rc-tail --help``."""

from rc_tail.cli.commands import COMMANDS

_HEAD = """\
Usage: rc-tail [EVENT]... [OPTIONS]
       rc-tail COMMAND [OPTIONS]

Tail RingCentral events over WebSockets: readable lines on a terminal, JSON
lines elsewhere.

  rc-tail demo                          events in seconds, without an account
  rc-tail login                         log in with the credentials of your app
  rc-tail sms voicemail                 print events as they happen
  rc-tail calls --json | jq .body       ... as JSON lines, for other programs
  rc-tail sms --count 1 --for 30s       wait for an event; else exit with 124
"""

_TAIL = """
Options:
  -h, --help            Show help; for one command: rc-tail tail --help.
  -V, --version         Show the version.
  --install-completion  Install shell completion for bash, zsh or fish.
"""


def overview() -> str:
    """Return the text: usage, examples, and every command with its summary."""
    width = max(map(len, COMMANDS)) + 2
    parts = [_HEAD]
    for section in dict.fromkeys(command.section for command in COMMANDS.values()):
        parts.append(f"\n{section}:\n")
        parts += [
            f"  {name:<{width}}{command.summary}\n"
            for name, command in COMMANDS.items()
            if command.section == section
        ]
    return "".join([*parts, _TAIL])
