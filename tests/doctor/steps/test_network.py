import os
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from rc_tail.config.settings import IdentityOptions
from rc_tail.doctor.findings import Outcome
from rc_tail.doctor.steps import login as login_steps
from rc_tail.doctor.steps import network as network_steps
from tests.doctor.conftest import variables
from tests.rest.platform import LoopbackPlatform, Reply, serve
from tests.transport.peer import serving

STATUS = "/restapi/v1.0/status"
# What the test's server makes of the host and port that a tunnel is asked for.
TUNNEL = "443"


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


@contextmanager
def tls_server(folder: Path, days: int | None = None) -> Iterator[tuple[LoopbackPlatform, Path]]:
    """A server with a certificate of our own, and the file that makes clients trust it."""
    authority, bundle = trustme.CA(), folder / "ca.pem"
    authority.cert_pem.write_to_path(str(bundle))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ends = None if days is None else datetime.now(UTC) + timedelta(days=days)
    authority.issue_cert("127.0.0.1", not_after=ends).configure_cert(context)
    with serve(context) as running:
        yield running, bundle


def taken(doctor, url: str, step, **given):
    """Take one step, after the first."""
    examination, _, _ = doctor.examination("sms", environ=variables(url), **given)
    with examination.resources:
        login_steps.check_settings(examination)
        return step(examination)


# The name.


def test_a_name_has_addresses(doctor):
    finding = taken(doctor, "http://localhost:1", network_steps.check_dns)
    assert finding.outcome is Outcome.OK
    assert set(finding.fields["addresses"]) <= {"127.0.0.1", "::1"}


def test_an_address_is_none(doctor):
    finding = taken(doctor, "http://127.0.0.1:1", network_steps.check_dns)
    assert "is an IP address, no lookup needed" in finding.words


def test_an_unknown_name_ends_it(doctor):
    done = doctor("sms", environ=variables("https://no-such-host.invalid"))
    done.fails_at("dns", 69, "no-such-host.invalid could not be reached")
    assert done["dns"].hint


def test_a_proxys_name_is_looked_up_instead(doctor, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://localhost:3128")
    finding = taken(doctor, "https://no-such-host.invalid", network_steps.check_dns)
    assert finding.words.startswith("proxy localhost resolves to ")


# The proxy.


def test_no_proxy(doctor):
    finding = taken(doctor, "https://rc.invalid", network_steps.check_proxy)
    assert (finding.outcome, finding.fields) == (Outcome.OK, {"proxy": None})


def test_loopback_has_none(doctor, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://localhost:3128")
    finding = taken(doctor, "https://localhost", network_steps.check_proxy)
    assert finding.fields == {"proxy": None}


def test_a_proxy_that_opens_a_way(doctor, platform, monkeypatch):
    platform.answer(TUNNEL, Reply(200))
    monkeypatch.setenv("HTTPS_PROXY", f"http://ada:proxy-secret@127.0.0.1:{platform.port}")
    finding = taken(doctor, "https://rc.invalid", network_steps.check_proxy)
    assert f"connected to rc.invalid through 127.0.0.1:{platform.port}, as ada" == finding.words
    assert "proxy-secret" not in str(finding)
    assert [asked.method for asked in platform.asked] == ["CONNECT"]


@pytest.mark.parametrize(
    ("proxy", "status", "words"),
    [
        ("socks5://127.0.0.1:1080", 78, "socks5://"),
        ("http://127.0.0.1:{port}", 69, "refused the connection to rc.invalid: status 407"),
    ],
)
def test_a_proxy_that_cannot_be_used(doctor, platform, monkeypatch, proxy, status, words):
    platform.answer(TUNNEL, Reply(407))
    monkeypatch.setenv("HTTPS_PROXY", proxy.format(port=platform.port))
    done = doctor("sms", environ=variables("https://rc.invalid"))
    done.fails_at("proxy", status, words)
    assert done["proxy"].hint
    assert done.outcome("dns") == ("skipped" if status == 78 else "ok")


# Encryption.


def test_plain_http_on_this_machine(doctor, platform):
    finding = taken(doctor, platform.url, network_steps.check_tls)
    assert finding.fields == {"encrypted": False}


def test_a_trusted_certificate(doctor, tmp_path):
    with tls_server(tmp_path) as (server, bundle):
        options = IdentityOptions(ca_bundle=bundle)
        finding = taken(doctor, server.url, network_steps.check_tls, options=options)
    assert finding.outcome is Outcome.OK
    assert finding.fields["version"].startswith("TLS")
    assert finding.fields["certificate_ends"] in finding.words


def test_a_certificate_that_ends_soon(doctor, tmp_path):
    with tls_server(tmp_path, days=3) as (server, bundle):
        options = IdentityOptions(ca_bundle=bundle)
        finding = taken(doctor, server.url, network_steps.check_tls, options=options)
    assert finding.outcome is Outcome.WARNING
    assert "renew" in finding.hint


def test_a_certificate_that_is_not_trusted(doctor, tmp_path):
    with tls_server(tmp_path) as (server, _):
        done = doctor("sms", environ=variables(server.url))
    done.fails_at("tls", 69, "is not trusted")
    assert "--ca-bundle" in done["tls"].hint


@pytest.mark.parametrize("simulator", [{"tls": True}], indirect=True)
def test_the_whole_road_with_tls(doctor, simulator):
    options = IdentityOptions(ca_bundle=simulator.ca_bundle)
    done = doctor("sms", environ=simulator.variables, options=options)
    assert done.status == 0
    assert done["tls"].fields["encrypted"]
    assert done["wstoken"].fields["uri"].startswith("wss://")


def test_no_server_there(doctor):
    done = doctor("sms", environ=variables("http://127.0.0.1:1"))
    done.fails_at("tls", 69, "could not be reached")


# The clock.


def test_clocks_that_agree(doctor, simulator):
    finding = taken(doctor, simulator.url, network_steps.check_clock)
    assert finding.outcome is Outcome.OK
    assert abs(finding.fields["skew"]) <= 30


@pytest.mark.parametrize(
    ("seconds", "words"), [(3600, "s behind the server's"), (-3600, "s ahead of the server's")]
)
def test_a_clock_that_is_wrong(doctor, simulator, seconds, words):
    simulator.fault("clock-skew", seconds=seconds)
    done = doctor("sms", environ=simulator.variables)
    assert done.outcome("clock") == "warning"
    assert words in done["clock"].words
    assert abs(done["clock"].fields["skew"] + seconds) < 30
    assert done["clock"].hint
    assert done.status == 0


@pytest.mark.parametrize("date", ["yesterday", ""])
def test_a_server_that_does_not_say(doctor, platform, date, monkeypatch):
    monkeypatch.setattr(platform._server.RequestHandlerClass, "date_time_string", lambda *_: date)
    finding = taken(doctor, platform.url, network_steps.check_clock)
    assert finding.outcome is Outcome.SKIPPED


def test_any_answer_tells_the_time(doctor, platform):
    platform.answer(STATUS, Reply(503))
    assert taken(doctor, platform.url, network_steps.check_clock).outcome is Outcome.OK
    # Nobody is told who asks.
    assert "authorization" not in platform.asked[0].headers


def test_a_server_that_hangs_up(doctor):
    with serving(lambda peer: None) as server:
        done = doctor("sms", environ=variables(f"http://127.0.0.1:{server.port}"))
    done.fails_at("clock", 69, "could not be reached")
