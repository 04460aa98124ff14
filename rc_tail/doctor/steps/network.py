"""The steps on the way to the server: name, proxy, encryption, clock."""

import ssl
from dataclasses import dataclass
from urllib.parse import urlsplit

from rc_tail.doctor.examination import Examination
from rc_tail.doctor.findings import Finding, ok, skipped, warning
from rc_tail.errors import ConfigError
from rc_tail.network.connect import Deadline, connect, resolve, translate_errors
from rc_tail.network.interception import intercepted
from rc_tail.network.proxies import Proxy, proxy_for
from rc_tail.rest.http import HttpClient, HttpRequest
from rc_tail.text.timestamps import parse_http_date

WITHIN = 10.0
# Where RingCentral says how it is; no token is needed (API reference, "Service Status").
_STATUS = "/restapi/v1.0/status"
# Seconds; dates in headers have no fractions.
_TOLERATED_SKEW = 30.0
_SOON = 7 * 24 * 3600.0
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class ServerLocation:
    """Where the server is."""

    host: str
    port: int
    secure: bool


def _place(examination: Examination) -> ServerLocation:
    parts = urlsplit(examination.settings.server)
    return ServerLocation(
        parts.hostname or "", parts.port or _PORTS[parts.scheme], parts.scheme == "https"
    )


def _proxy(examination: Examination) -> Proxy | None:
    place = _place(examination)
    return proxy_for(place.host, place.port)


def check_dns(examination: Examination) -> Finding:
    """Look the server's name up, or the proxy's where there is one.

    Raises:
        UnreachableError: It has no address, or does not answer.
    """
    place = _place(examination)
    host, port = place.host, place.port
    try:
        check_proxy = _proxy(examination)
    except ConfigError:
        return skipped("the proxy setting is invalid; see the next step")
    if check_proxy is not None:
        # The proxy looks the server up.
        host, port = check_proxy.host, check_proxy.port
    deadline = Deadline(WITHIN, host)
    with translate_errors(deadline, host=host):
        found = resolve(host, port, deadline)
    addresses = list(dict.fromkeys(str(address[4][0]) for address in found))
    name = host if check_proxy is None else f"proxy {host}"
    words = f"{name} resolves to {', '.join(addresses)}"
    if addresses == [host]:
        words = f"{name} is an IP address, no lookup needed"
    return ok(words, host=host, addresses=addresses)


def check_proxy(examination: Examination) -> Finding:
    """Say which proxy stands in between, and let it open a way.

    Raises:
        ConfigError: Its address cannot be used.
        UnreachableError: It opens no way.
    """
    place, found = _place(examination), _proxy(examination)
    if found is None:
        return ok("none (direct connection)", proxy=None)
    examination.reporter.redactor.add(found.password)
    deadline = Deadline(WITHIN, place.host)
    connect(place.host, place.port, deadline=deadline, proxy=found, tls=None).close()
    shown = f"{found.host}:{found.port}"
    logged_in = f", as {found.user}" if found.user else ""
    return ok(f"connected to {place.host} through {shown}{logged_in}", proxy=shown, user=found.user)


def check_tls(examination: Examination) -> Finding:
    """Connect, and check the certificate.

    Raises:
        UnreachableError: There is no connection.
        CertificateError: The certificate is not trusted.
    """
    place = _place(examination)
    deadline = Deadline(WITHIN, place.host)
    tls = examination.platform.ssl_context if place.secure else None
    with connect(
        place.host, place.port, deadline=deadline, proxy=_proxy(examination), tls=tls
    ) as sock:
        if not isinstance(sock, ssl.SSLSocket):
            return ok("none (plain http on this machine)", encrypted=False)
        version, certificate = sock.version() or "", sock.getpeercert() or {}
    ends = str(certificate.get("notAfter", ""))
    left = ssl.cert_time_to_seconds(ends) - examination.platform.tokens.now()
    words = f"{version}; certificate of {place.host} trusted, valid until {ends}"
    fields = {"encrypted": True, "version": version, "certificate_ends": ends}
    if left < _SOON:
        return warning(
            words, hint="The operator of the server must renew the certificate soon.", **fields
        )
    return ok(words, **fields)


def check_clock(examination: Examination) -> Finding:
    """Compare this machine's clock with the server's.

    Raises:
        RcTailError: The request failed.
    """
    exchange = HttpClient(lambda: examination.platform.ssl_context, timeout=WITHIN)
    try:
        answer = exchange.send(HttpRequest("GET", examination.settings.server + _STATUS))
    finally:
        exchange.close()
    mask = examination.reporter.redactor.mask
    netloc = urlsplit(examination.settings.server).netloc
    if error := intercepted(netloc, answer.status, answer.headers, answer.body, mask=mask):
        raise error
    here = examination.platform.tokens.now() - answer.seconds / 2
    there = parse_http_date(answer.headers.get("date", ""))
    if there is None:
        return skipped("the server did not send its time")
    skew = round(here - there)
    fields = {"skew": skew}
    if abs(skew) <= _TOLERATED_SKEW:
        return ok("system clock matches the server's", **fields)
    way = "ahead of" if skew > 0 else "behind"
    return warning(
        f"this machine's clock is {abs(skew)} s {way} the server's",
        hint="Synchronize the system clock. Otherwise gaps have wrong times and are filled with the "
        "wrong past events.",
        **fields,
    )
