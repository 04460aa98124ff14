"""A certificate for the loopback address, generated for one run of the simulator."""

import ipaddress
import ssl
from datetime import timedelta
from pathlib import Path

from rc_tail.errors import ConfigError, UsageError
from rc_tail.simulator.service.timestamps import utc_datetime
from rc_tail.system.files import write_private

_LIFE = timedelta(days=7)


def certificate_file(folder: Path, port: int) -> Path:
    """Return the path of the certificate of a simulator on `port`."""
    return folder / f"simulator-{port}.pem"


def make_certificate(folder: Path, port: int, now: float) -> tuple[ssl.SSLContext, Path]:
    """Return a server's TLS context, and the CA file by which clients can trust it.

    Args:
        folder: Where the certificate is written; its key is deleted.
        now: Seconds since 1970.

    Raises:
        UsageError: The package cryptography is not installed.
        ConfigError: A file cannot be written.
    """
    try:
        certificate, key = _pems(now)
    except ImportError as error:
        raise UsageError(
            "--tls needs the Python package cryptography, which is not installed",
            hint="Install it: pip install cryptography",
        ) from error
    path = certificate_file(folder, port)
    secret = path.with_suffix(".key")
    try:
        write_private(path, certificate)
        write_private(secret, key)
    except OSError as error:
        raise ConfigError(
            f"the certificate of --tls cannot be saved: {error.strerror}",
            hint="Set XDG_STATE_HOME to a folder that can be written.",
        ) from error
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(path, secret)
    finally:
        secret.unlink()
    return context, path


def _pems(now: float) -> tuple[bytes, bytes]:
    # Imported here: only --tls needs the package, which is optional.
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "rc-tail simulator")])
    names = [
        x509.DNSName("localhost"),
        x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
        x509.IPAddress(ipaddress.ip_address("::1")),
    ]
    usage = x509.KeyUsage(True, False, False, False, False, True, True, False, False)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(utc_datetime(now) - timedelta(hours=1))
        .not_valid_after(utc_datetime(now) + _LIFE)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return certificate.public_bytes(pem), secret
