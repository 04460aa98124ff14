"""Whose certificates are trusted, by REST and WebSocket alike."""

import os
import ssl
from collections.abc import Mapping
from pathlib import Path

from rc_tail.errors import ConfigError, RcTailError, UsageError
from rc_tail.text.escape import visible

_FILE, _FOLDERS = "SSL_CERT_FILE", "SSL_CERT_DIR"
# Of requests and curl: a file, or a folder as OpenSSL wants it.
_BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


def make_tls_context(ca_bundle: Path | None) -> ssl.SSLContext:
    """Return a TLS context that checks certificates and names; share it, it costs 15 ms.

    Args:
        ca_bundle: A PEM file of the only authorities to trust. None for those that the environment
            names (`authorities_variable`), else the system's, or certifi's where it has none.

    Raises:
        UsageError: `ca_bundle` cannot be read or holds no certificate.
        ConfigError: The same of what the environment names.
    """
    if ca_bundle is not None:
        return _of_bundle(ca_bundle, "")
    variable = authorities_variable(os.environ)
    if variable in _BUNDLES:
        return _of_bundle(Path(os.environ[variable]), variable)
    if variable:
        _check(variable)
    if not variable and not _system_has_authorities():
        import certifi

        return ssl.create_default_context(cafile=certifi.where())
    return ssl.create_default_context()


def authorities_variable(environ: Mapping[str, str]) -> str:
    """Return the variable that names the authorities; empty without one.

    As with curl and requests, theirs win: images often set ``SSL_CERT_FILE`` for everybody.
    """
    names = (name for name in (*_BUNDLES, _FILE, _FOLDERS) if environ.get(name))
    return next(names, "")


def _of_bundle(bundle: Path, variable: str) -> ssl.SSLContext:
    """Return a context for a file, or for the folder that a variable may name."""
    try:
        if variable and bundle.is_dir():
            return ssl.create_default_context(capath=bundle)
        return ssl.create_default_context(cafile=bundle)
    except (OSError, ValueError) as error:
        reason = "it contains no certificate"
        if isinstance(error, OSError) and not isinstance(error, ssl.SSLError):
            reason = error.strerror or str(error)
        raise _unusable(str(bundle), variable, reason) from error


def _check(variable: str) -> None:
    """Refuse what OpenSSL would pass over in silence."""
    value = os.environ[variable]
    if variable == _FILE:
        _of_bundle(Path(value), variable)
    elif not any(Path(folder).is_dir() for folder in value.split(os.pathsep)):
        raise _unusable(value, variable, "no such folder")


def _unusable(name: str, variable: str, reason: str) -> RcTailError:
    words = f"{visible(name)} cannot be used: {visible(reason)}"
    if variable:
        hint = f"Set {variable} to certificates in PEM format, or unset it."
        return ConfigError(f"{variable}: {words}", hint=hint)
    hint = "Use a file of certificates in PEM format."
    return UsageError(f"the CA bundle {words}", hint=hint)


def _system_has_authorities() -> bool:
    paths = ssl.get_default_verify_paths()
    # Each is None where there is no such file or folder.
    if paths.cafile:
        return True
    return bool(paths.capath) and any(Path(paths.capath).iterdir())
