import builtins
import socket
import ssl
import stat
import threading

import pytest

from rc_tail.errors import UsageError
from rc_tail.simulator.certificate import certificate_file, make_certificate
from rc_tail.simulator.instance import Clock


def test_it_is_trusted_by_its_file_alone(tmp_path):
    server, file = make_certificate(tmp_path, 4711, Clock()())
    assert file == certificate_file(tmp_path, 4711)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    # The key is kept nowhere.
    assert list(tmp_path.iterdir()) == [file]
    client = ssl.create_default_context(cafile=file)
    here, there = socket.socketpair()
    with here, there:
        thread = threading.Thread(
            target=lambda: server.wrap_socket(there, server_side=True).close()
        )
        thread.start()
        with client.wrap_socket(here, server_hostname="127.0.0.1") as wrapped:
            assert wrapped.version() is not None
        thread.join(30)


def test_without_the_package_it_says_so(tmp_path, monkeypatch):
    real = builtins.__import__

    def answer_with(name, *more):
        if name.startswith("cryptography"):
            raise ImportError(name)
        return real(name, *more)

    monkeypatch.setattr(builtins, "__import__", answer_with)
    with pytest.raises(UsageError, match="cryptography") as told:
        make_certificate(tmp_path, 4711, 0)
    assert "pip install" in told.value.hint
