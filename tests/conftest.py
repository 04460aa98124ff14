"""For all tests: nobody's keyring is touched, and Hypothesis looks as long as it takes."""

import os
import signal

import keyring
from hypothesis import settings
from keyring.backends import fail

keyring.set_keyring(fail.Keyring())

# Time limits of single examples would be limits of the machine.
settings.register_profile("dev", deadline=None)
# A run that nobody watches tries the same examples each time; what is found by chance is found by
# those who can look at it.
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "dev")

# What is started in the background ignores these, and so would every program that a test starts.
for _number in (signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
    if signal.getsignal(_number) is signal.SIG_IGN:
        signal.signal(
            _number,
            signal.default_int_handler if _number == signal.SIGINT else signal.SIG_DFL,
        )
