"""Every command has its row in the table; what each does is tested with the loop."""

from typing import Any, get_args
from unittest.mock import Mock

from rc_tail.tail.executor import Command, Executor, Limits


def test_every_command_has_a_handler():
    names = Executor.__init__.__annotations__.keys() - {"return", "limits"}
    parts: Any = {name: Mock() for name in names}
    executor = Executor(**parts, limits=Limits())
    assert executor._handlers.keys() == set(get_args(Command))
