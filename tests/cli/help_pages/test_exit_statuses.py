import signal

import pytest

from rc_tail.cli.help_pages.exit_statuses import BY_SIGNAL, MEANINGS
from rc_tail.errors import ExitStatus


def test_every_status_has_a_meaning_and_they_stand_in_order():
    assert list(MEANINGS) == sorted(ExitStatus)


@pytest.mark.parametrize("meaning", [*MEANINGS.values(), *BY_SIGNAL.values()])
def test_a_meaning_is_one_sentence(meaning):
    assert meaning[0].isupper() or meaning.startswith("`")
    assert meaning.endswith(".")
    assert ". " not in meaning


@pytest.mark.parametrize("name", ["SIGHUP", "SIGINT", "SIGPIPE", "SIGTERM"])
def test_signals_are_told_by_the_number_that_a_shell_shows(name):
    assert name in BY_SIGNAL[128 + signal.Signals[name]]
