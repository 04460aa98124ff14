import ssl
from pathlib import Path

import pytest
import trustme

from rc_tail.errors import UsageError
from rc_tail.network import tls


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


def test_a_system_without_authorities_gets_certifis(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "missing.pem"))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    assert len(tls.make_tls_context(None).get_ca_certs()) > 50


def test_a_system_with_a_folder_of_authorities_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "missing.pem"))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    (tmp_path / "12345678.0").write_bytes(trustme.CA().cert_pem.bytes())
    # Authorities of a folder are loaded when a chain asks for them.
    assert tls.make_tls_context(None).get_ca_certs() == []
