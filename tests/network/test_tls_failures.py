"""Servers whose TLS fails, as REST and WebSocket alike explain them: real sockets, real certificates."""

import contextlib
import datetime
import ipaddress
import os
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from rc_tail.errors import RcTailError
from rc_tail.rest.client import RestClient
from rc_tail.text.redact import Redactor
from rc_tail.transport.websocket import TransportOptions, open_connection

NOW = datetime.datetime.now(datetime.UTC)
DAY = datetime.timedelta(days=1)
CA_ADVICE = "--ca-bundle"


@contextlib.contextmanager
def listening(serve: Callable[[socket.socket], None]) -> Iterator[int]:
    """A server that treats each connection so."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.05)
        over = threading.Event()

        def run() -> None:
            while not over.is_set():
                with contextlib.suppress(OSError):
                    sock, _ = listener.accept()
                    with sock:
                        sock.settimeout(5)
                        serve(sock)

        thread = threading.Thread(target=run)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            over.set()
            thread.join()


def encrypted(context: ssl.SSLContext) -> Callable[[socket.socket], None]:
    def serve(sock: socket.socket) -> None:
        tls = context.wrap_socket(sock, server_side=True, do_handshake_on_connect=False)
        with tls:
            try:
                tls.do_handshake()
            except ssl.SSLError:
                # Closing with something unread would reset the connection before the alert.
                raw = socket.socket(fileno=os.dup(tls.fileno()))
                with raw:
                    raw.settimeout(0.3)
                    raw.shutdown(socket.SHUT_WR)
                    while raw.recv(1000):
                        pass
                return
            tls.recv(1000)

    return serve


def plain(sock: socket.socket) -> None:
    sock.recv(1000)
    sock.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")


def by_rest(port: int, trust: ssl.SSLContext) -> None:
    client = RestClient(
        f"https://127.0.0.1:{port}", ca_bundle=None, redactor=Redactor(), tls=lambda: trust
    )
    try:
        client.who_am_i("at")
    finally:
        client.close()


def by_websocket(port: int, trust: ssl.SSLContext) -> None:
    open_connection(f"wss://127.0.0.1:{port}/ws", TransportOptions(), ssl_context=trust)


Way = Callable[[int, ssl.SSLContext], None]
both = pytest.mark.parametrize("way", [by_rest, by_websocket])


def failure(way: Way, serve: Callable[[socket.socket], None], trust: ssl.SSLContext) -> RcTailError:
    with listening(serve) as port, pytest.raises(RcTailError) as caught:
        way(port, trust)
    assert caught.value.exit_status == 69
    return caught.value


def issued(authority: trustme.CA, name: str = "127.0.0.1", **dates: object) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name, **dates).configure_cert(context)  # type: ignore[arg-type]
    return context


@both
@pytest.mark.parametrize(
    ("dates", "name", "reason", "cure"),
    [
        (
            {"not_before": NOW - 9 * DAY, "not_after": NOW - DAY},
            "127.0.0.1",
            "expired",
            "must renew the certificate",
        ),
        (
            {"not_before": NOW + DAY, "not_after": NOW + 9 * DAY},
            "127.0.0.1",
            "not yet valid",
            "Check this machine's clock",
        ),
        ({}, "other.example", "mismatch", "something else answers in its place"),
        ({}, "127.0.0.2", "mismatch", "something else answers in its place"),
    ],
)
def test_a_wrong_certificate_of_a_trusted_authority(
    authority: trustme.CA, trusting: ssl.SSLContext, way: Way, dates, name, reason, cure
) -> None:
    error = failure(way, encrypted(issued(authority, name, **dates)), trusting)
    assert "is not trusted" in error.message
    assert reason in error.message
    assert cure in error.hint
    assert CA_ADVICE not in error.hint


@both
def test_an_unknown_authority_can_be_named(trusting: ssl.SSLContext, way: Way) -> None:
    error = failure(way, encrypted(issued(trustme.CA())), trusting)
    assert CA_ADVICE in error.hint


@both
def test_a_certificate_that_signed_itself_can_be_named(
    tmp_path: Path, trusting: ssl.SSLContext, way: Way
) -> None:
    error = failure(way, encrypted(self_made(tmp_path)), trusting)
    assert "self" in error.message
    assert CA_ADVICE in error.hint


@both
def test_a_certificate_without_key_identifiers(tmp_path: Path, way: Way) -> None:
    context = without_identifiers(tmp_path)
    trust = ssl.create_default_context(cafile=str(tmp_path / "authority.pem"))
    # As Python 3.13 and later do.
    trust.verify_flags |= ssl.VERIFY_X509_STRICT
    error = failure(way, encrypted(context), trust)
    assert "Key Identifier" in error.message
    assert "Python 3.12" in error.hint
    assert CA_ADVICE not in error.hint


def self_made(folder: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    return _loaded(folder, _made("made here", "made here", key, key, ca=True), key)


def without_identifiers(folder: Path) -> ssl.SSLContext:
    authority, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    root = _made("authority", "authority", authority, authority, ca=True)
    (folder / "authority.pem").write_bytes(root.public_bytes(serialization.Encoding.PEM))
    return _loaded(folder, _made("server", "authority", key, authority, ca=False), key)


def _made(
    name: str,
    issuer: str,
    key: ec.EllipticCurvePrivateKey,
    signer: ec.EllipticCurvePrivateKey,
    *,
    ca: bool,
) -> x509.Certificate:
    subject, by = (
        x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)]) for text in (name, issuer)
    )
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(by)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(NOW - DAY)
        .not_valid_after(NOW + DAY)
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .sign(signer, hashes.SHA256())
    )


def _loaded(
    folder: Path, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey
) -> ssl.SSLContext:
    (folder / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context


@both
def test_a_client_certificate_that_is_wanted(
    authority: trustme.CA, trusting: ssl.SSLContext, way: Way
) -> None:
    context = issued(authority)
    context.verify_mode = ssl.CERT_REQUIRED
    authority.configure_trust(context)
    error = failure(way, encrypted(context), trusting)
    assert "TLS: it wants a certificate of the client" in error.message
    assert "check --server" in error.hint
    assert CA_ADVICE not in error.hint


@both
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
def test_an_old_version_of_tls(authority: trustme.CA, trusting: ssl.SSLContext, way: Way) -> None:
    context = issued(authority)
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    error = failure(way, encrypted(context), trusting)
    assert "version" in error.message
    assert "TLS 1.2 or later is required" in error.hint
    assert CA_ADVICE not in error.hint


@both
def test_plain_http_where_tls_is_due(trusting: ssl.SSLContext, way: Way) -> None:
    error = failure(way, plain, trusting)
    assert "TLS: it answered without TLS" in error.message
    assert "Check the port of --server" in error.hint
    assert CA_ADVICE not in error.hint
