import os
import socket
import ssl
import subprocess
import threading
from pathlib import Path
from types import SimpleNamespace

import certifi
import pytest
import trustme

from rc_tail.errors import ConfigError, UsageError
from rc_tail.network import tls

FILES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
VARIABLES = (*FILES, "SSL_CERT_DIR")
CERTIFIS = len(ssl.create_default_context(cafile=certifi.where()).get_ca_certs())


def test_certificates_and_names_are_always_checked(tmp_path: Path) -> None:
    bundle = tmp_path / "ca.pem"
    trustme.CA().cert_pem.write_to_path(str(bundle))
    for context in (tls.make_tls_context(None), tls.make_tls_context(bundle)):
        assert context.verify_mode is ssl.CERT_REQUIRED
        assert context.check_hostname
    assert len(tls.make_tls_context(bundle).get_ca_certs()) == 1


@pytest.mark.parametrize(
    ("contents", "words"), [(None, "No such file"), (b"junk", "contains no certificate")]
)
def test_a_bundle_that_cannot_be_used_is_wrong_usage(
    tmp_path: Path, contents: bytes | None, words: str
) -> None:
    bundle = tmp_path / "ca.pem"
    if contents is not None:
        bundle.write_bytes(contents)
    with pytest.raises(UsageError, match=words):
        tls.make_tls_context(bundle)


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


def paths(folder: str | None) -> SimpleNamespace:
    return SimpleNamespace(cafile=None, capath=folder)


def test_a_system_without_authorities_gets_certifis(monkeypatch: pytest.MonkeyPatch) -> None:
    nothing = paths(None)
    monkeypatch.setattr(ssl, "get_default_verify_paths", lambda: nothing)
    assert len(tls.make_tls_context(None).get_ca_certs()) > 50


@pytest.mark.parametrize("variable", FILES)
def test_a_file_that_the_environment_names_is_all_that_is_trusted(
    variable: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = tmp_path / "ca.pem"
    trustme.CA().cert_pem.write_to_path(str(bundle))
    monkeypatch.setenv(variable, str(bundle))
    assert tls.authorities_variable(os.environ) == variable
    context = tls.make_tls_context(None)
    assert len(context.get_ca_certs()) == 1
    assert context.check_hostname


@pytest.mark.parametrize("variable", FILES)
@pytest.mark.parametrize(
    ("contents", "words"), [(None, "No such file"), (b"junk", "contains no certificate")]
)
def test_a_file_that_cannot_be_used_is_named_with_its_variable(
    variable: str,
    contents: bytes | None,
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bundle = tmp_path / "ca.pem"
    if contents is not None:
        bundle.write_bytes(contents)
    monkeypatch.setenv(variable, str(bundle))
    with pytest.raises(ConfigError, match=words) as caught:
        tls.make_tls_context(None)
    assert caught.value.message.startswith(f"{variable}: {bundle} cannot be used: ")


@pytest.mark.parametrize(
    ("variable", "form"),
    [
        ("SSL_CERT_DIR", "{0}"),
        ("SSL_CERT_DIR", "{0}:{1}"),
        ("SSL_CERT_DIR", "{1}:{0}"),
        ("REQUESTS_CA_BUNDLE", "{0}"),
        ("CURL_CA_BUNDLE", "{0}"),
    ],
)
def test_folders_that_the_environment_names_are_trusted(
    variable: str,
    form: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    authority: trustme.CA,
    server_tls: ssl.SSLContext,
) -> None:
    hashed = tmp_path / "hashed"
    hashed.mkdir()
    pem = authority.cert_pem.bytes()
    (hashed / f"{subject_hash(pem)}.0").write_bytes(pem)
    monkeypatch.setenv(variable, form.format(hashed, tmp_path / "missing"))
    assert shake_hands(tls.make_tls_context(None), server_tls)


def subject_hash(pem: bytes) -> str:
    """The name that OpenSSL looks for."""
    command = ["openssl", "x509", "-noout", "-subject_hash"]
    return (
        subprocess.run(command, input=pem, capture_output=True, check=True).stdout.decode().strip()
    )


def shake_hands(client: ssl.SSLContext, server: ssl.SSLContext) -> object:
    """Return the server's certificate as the client has verified it; nothing if it has not."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        thread = threading.Thread(
            target=lambda: server.wrap_socket(theirs, server_side=True).close()
        )
        thread.start()
        with client.wrap_socket(ours, server_hostname="127.0.0.1") as connection:
            certificate = connection.getpeercert()
        thread.join()
    return certificate


def test_a_folder_that_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    missing = f"{tmp_path}/a:{tmp_path}/b"
    monkeypatch.setenv("SSL_CERT_DIR", missing)
    with pytest.raises(ConfigError, match="no such folder"):
        tls.make_tls_context(None)


def test_the_option_wins_over_the_environment_and_other_tools_over_openssls(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in VARIABLES:
        monkeypatch.setenv(name, str(tmp_path / "missing"))
    bundle = tmp_path / "ca.pem"
    trustme.CA().cert_pem.write_to_path(str(bundle))
    assert len(tls.make_tls_context(bundle).get_ca_certs()) == 1
    assert tls.authorities_variable(os.environ) == "REQUESTS_CA_BUNDLE"


def test_a_system_with_a_folder_of_authorities_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "12345678.0").write_bytes(trustme.CA().cert_pem.bytes())
    folder = paths(str(tmp_path))
    monkeypatch.setattr(ssl, "get_default_verify_paths", lambda: folder)
    # Authorities of a folder are loaded when a chain asks for them; certifi's would be there.
    assert len(tls.make_tls_context(None).get_ca_certs()) != CERTIFIS
