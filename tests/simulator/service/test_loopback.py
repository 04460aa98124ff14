import pytest

from rc_tail.simulator.service.loopback import is_loopback


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost", "LOCALHOST"])
def test_own_addresses(host):
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["", "10.0.0.1", "0.0.0.0", "::", "example.com", "127.0.0.1.nip"])
def test_other_addresses(host):
    assert not is_loopback(host)
