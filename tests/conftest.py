"""For all tests: nobody's keyring is touched, and Hypothesis looks as long as it takes."""

import gc
import os
import signal
import ssl
from collections import Counter

import keyring
import pytest
import trustme
from hypothesis import settings
from keyring.backends import fail

from tests.certificates import certified

keyring.set_keyring(fail.Keyring())

# Time limits of single examples would be limits of the machine.
settings.register_profile("dev", deadline=None)
# A run that nobody watches tries the same examples each time; what is found by chance is found by
# those who can look at it.
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "dev")

# What makes coverage measure the programs that a process starts.
_COVERAGE = ("COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG")
_MEASURING: dict[str, str] = {}

# What is started in the background ignores these, and so would every program that a test starts.
for _number in (signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
    if signal.getsignal(_number) is signal.SIG_IGN:
        signal.signal(
            _number,
            signal.default_int_handler if _number == signal.SIGINT else signal.SIG_DFL,
        )


def pytest_configure(config: pytest.Config) -> None:
    """Where tests run, measure no program that they start: that doubles the cost of its start."""
    is_worker = hasattr(config, "workerinput")
    if is_worker or not config.getoption("numprocesses", None):
        # Thousands of collected tests are searched for garbage neither now nor later.
        gc.disable()
        _MEASURING.update((n, os.environ.pop(n)) for n in _COVERAGE if n in os.environ)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the files with most slow tests first: a long one at the end has one worker alone."""
    slow = Counter(item.path for item in items if item.get_closest_marker("slow"))
    items.sort(key=lambda item: -slow[item.path])


def pytest_collection_finish() -> None:
    """Collect garbage from now on."""
    gc.freeze()
    gc.enable()


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Measure the coverage of the programs that a test starts."""
    for name, value in _MEASURING.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="session")
def trusting(authority: trustme.CA) -> ssl.SSLContext:
    """The client's side: trusts the test's authority and nobody else."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority.configure_trust(context)
    return context


@pytest.fixture(scope="session")
def server_tls(authority: trustme.CA) -> ssl.SSLContext:
    return certified(authority, "127.0.0.1", "::1", "localhost", "gateway.example")


@pytest.fixture(scope="session")
def stranger_tls(authority: trustme.CA) -> ssl.SSLContext:
    """A trusted certificate of another name."""
    return certified(authority, "other.example")
