"""Whose certificates are trusted, by REST and WebSocket alike."""

import ssl
from pathlib import Path

from rc_tail.errors import UsageError
from rc_tail.text.escape import visible


def make_tls_context(ca_bundle: Path | None) -> ssl.SSLContext:
    """Return a TLS context that checks certificates and names; share it, it costs 15 ms.

    Args:
        ca_bundle: A PEM file of the only authorities to trust. None for the system's
            (``SSL_CERT_FILE`` and ``SSL_CERT_DIR`` count), or certifi's where it has none.

    Raises:
        UsageError: `ca_bundle` cannot be read or holds no certificate.
    """
    if ca_bundle is None and not _system_has_authorities():
        import certifi

        return ssl.create_default_context(cafile=certifi.where())
    try:
        return ssl.create_default_context(cafile=ca_bundle)
    except (OSError, ValueError) as error:
        reason = "it contains no certificate"
        if isinstance(error, OSError) and not isinstance(error, ssl.SSLError):
            reason = error.strerror or str(error)
        raise UsageError(
            f"the CA bundle {visible(str(ca_bundle))} cannot be used: {visible(reason)}",
            hint="Give --ca-bundle a file of certificates in PEM form.",
        ) from error


def _system_has_authorities() -> bool:
    paths = ssl.get_default_verify_paths()
    # Each is None where there is no such file or folder.
    if paths.cafile:
        return True
    return bool(paths.capath) and any(Path(paths.capath).iterdir())
