"""What ``rc-tail --help`` prints."""

from rc_tail.cli.commands import COMMANDS
from rc_tail.cli.overview import overview


def test_every_command_has_its_line():
    lines = overview().splitlines()
    for name, command in COMMANDS.items():
        (line,) = (line for line in lines if line.startswith(f"  {name} "))
        assert line.split(None, 1) == [name, command.summary]


def test_sections_stand_once_each():
    lines = overview().splitlines()
    for section in {command.section for command in COMMANDS.values()}:
        assert lines.count(f"{section}:") == 1


def test_it_fits_a_terminal_and_ends_with_a_line():
    text = overview()
    assert max(map(len, text.splitlines())) <= 80
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
