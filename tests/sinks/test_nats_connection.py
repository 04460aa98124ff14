"""What a connection to NATS promises beyond what its sink is tested for: encryption."""

import os
import socket
import threading
from pathlib import Path

import nkeys
import pytest
import trustme

from rc_tail.errors import CertificateError, ConfigError
from rc_tail.sinks.nats_address import parse_nats_address
from rc_tail.sinks.nats_connection import NatsConnection, NatsLogin
from tests.sinks.nats_server import running
from tests.sinks.sinks import PATIENCE

SEED = nkeys.encode_seed(os.urandom(32), nkeys.PREFIX_BYTE_USER).decode()
CREDENTIALS = f"""-----BEGIN NATS USER JWT-----
head.s3cret.tail
------END NATS USER JWT------
-----BEGIN USER NKEY SEED-----
{SEED}
------END USER NKEY SEED------
"""
LOGIN = NatsLogin("ada", "s3cret")
INFO = (
    b'INFO {"server_id":"x","max_payload":1000000,"headers":true,"auth_required":true,'
    b'"nonce":"PXoWU7zWAMt75FY"}\r\n'
)


def connection(url: str, login: NatsLogin = LOGIN) -> NatsConnection:
    return NatsConnection(parse_nats_address(url, allows_plain=False), login)


@pytest.mark.parametrize(
    "login",
    [LOGIN, NatsLogin(credentials=CREDENTIALS), NatsLogin(seed=SEED), NatsLogin()],
    ids=["password", "credentials", "seed", "none"],
)
def test_a_server_that_offers_no_tls_gets_nothing(login: NatsLogin):
    received: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(PATIENCE)

        def serve() -> None:
            peer, _ = listener.accept()
            with peer:
                peer.settimeout(PATIENCE)
                peer.sendall(INFO)
                while data := peer.recv(4096):
                    received.append(data)

        thread = threading.Thread(target=serve)
        thread.start()
        client = connection(f"tls://127.0.0.1:{listener.getsockname()[1]}/EVENTS", login)
        with pytest.raises(ConfigError, match="does not use TLS") as caught:
            client.open(creates=False)
        client.close()
        thread.join()
    assert b"".join(received) == b""
    assert "Enable TLS on the server" in caught.value.hint


def test_tls_is_used_and_its_certificate_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    authority = trustme.CA()
    certificate = authority.issue_cert("localhost")
    key, chain, ca = tmp_path / "key.pem", tmp_path / "chain.pem", tmp_path / "ca.pem"
    certificate.private_key_pem.write_to_path(key)
    certificate.cert_chain_pems[0].write_to_path(chain)
    authority.cert_pem.write_to_path(ca)
    config = (
        f'tls {{ cert_file: "{chain}", key_file: "{key}" }}\n'
        'authorization { users: [ {user: "ada", password: "s3cret"} ] }'
    )
    with running(tmp_path, config) as server:
        url = f"tls://ada@localhost:{server.port}/EVENTS"
        client = connection(url)
        with pytest.raises(CertificateError, match="is not trusted"):
            client.open(creates=True)
        client.close()
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(ca))
        trusting = connection(url)
        assert trusting.open(creates=True).window == 86400.0
        assert trusting.is_open
        trusting.close()
        assert not trusting.is_open
