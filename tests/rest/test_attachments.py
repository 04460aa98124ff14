import io
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
import trustme

from rc_tail.config.folders import Folders
from rc_tail.config.settings import Settings
from rc_tail.errors import (
    InterceptedError,
    NoAnswerError,
    PermissionMissingError,
    RequestRefusedError,
    TemporaryError,
    UnexpectedAnswerError,
)
from rc_tail.reporter import Reporter
from rc_tail.rest.attachments import (
    AttachmentDownloads,
    DownloadFailedError,
    Extent,
    ForeignAddressError,
    content_address,
    extent_of,
)
from rc_tail.rest.platform import Platform
from rc_tail.rest.rate_limit import CancelledError
from tests.certificates import certified
from tests.rest.conftest import CREDENTIALS
from tests.rest.platform import LoopbackPlatform, Reply, serve

REAL = "https://platform.ringcentral.com"
PATH = "/restapi/v1.0/account/1/extension/2/message-store/3/content/4"


@pytest.mark.parametrize(
    ("uri", "address"),
    [
        (PATH, f"{REAL}{PATH}"),
        (f"{REAL}{PATH}?a=b", f"{REAL}{PATH}?a=b"),
        (f"https://media.ringcentral.com{PATH}", f"https://media.ringcentral.com{PATH}"),
        (f"https://media.ringcentral.com:443{PATH}", f"https://media.ringcentral.com{PATH}"),
        (f"HTTPS://Media.RingCentral.com{PATH}#x", f"https://media.ringcentral.com{PATH}"),
        ("https://media.ringcentral.com", "https://media.ringcentral.com/"),
    ],
)
def test_addresses_of_the_server_and_its_twin(uri, address):
    assert content_address(uri, REAL) == address


@pytest.mark.parametrize(
    "uri",
    [
        f"http://platform.ringcentral.com{PATH}",
        f"https://platform.ringcentral.com:8443{PATH}",
        f"https://media.ringcentral.com.example.com{PATH}",
        f"https://example.com{PATH}",
        f"https://media.example.com{PATH}",
        f"https://ringcentral.com{PATH}",
        f"https://me:pw@media.ringcentral.com{PATH}",
        f"https://media.ringcentral.com@example.com{PATH}",
        f"https://media.ringcentral.com\\@example.com{PATH}",
        f"//example.com{PATH}",
        "file:///etc/passwd",
        "ftp://media.ringcentral.com/",
        "restapi/v1.0",
        "",
        f"https://media.ringcentral.com/a b{PATH}",
        f"https://media.ringcentral.com/\r\nHost: x{PATH}",
        "https://[media.ringcentral.com/",
        "https://media.ringcentral.com:port/",
        f"https://media.ringcentral.com/{'x' * 5000}",
    ],
)
def test_other_addresses_get_no_token(uri):
    with pytest.raises(ForeignAddressError):
        content_address(uri, REAL)


def test_a_server_without_a_twin_has_none():
    with pytest.raises(ForeignAddressError):
        content_address(f"http://media.0.0.1:80{PATH}", "http://127.0.0.1:80")
    assert content_address(f"http://127.0.0.1{PATH}", "http://127.0.0.1:80")


@pytest.mark.parametrize(
    ("status", "headers", "extent"),
    [
        (206, {"content-range": "bytes 5-9/10", "content-length": "5"}, Extent(5, 10)),
        (206, {"content-range": "bytes 5-9/*"}, Extent(5, None)),
        (206, {"content-range": "nonsense", "content-length": "5"}, Extent(0, 5)),
        (200, {"content-range": "bytes 5-9/10", "content-length": "7"}, Extent(0, 7)),
        (200, {}, Extent(0, None)),
        (200, {"content-length": "-1"}, Extent(0, None)),
        (200, {"content-length": "9" * 40}, Extent(0, None)),
    ],
)
def test_what_part_an_answer_holds(status, headers, extent):
    assert extent_of(status, headers) == extent


# Requests.


class Download:
    def __init__(self, platform: LoopbackPlatform, folder: Path, settings: Settings) -> None:
        self.cancelled = threading.Event()
        self.waits: list[tuple[float, bool]] = []
        folders = Folders(folder / "config", folder / "cache", folder / "state")
        self.platform = Platform(settings, Reporter(io.StringIO()), folders=folders, timeout=5)
        self.downloads = AttachmentDownloads(
            self.platform,
            cancelled=self.cancelled,
            report_wait=self.note_wait,
        )
        self.on_wait: Callable[[], None] = lambda: None
        self.url = platform.url + PATH
        self.got = b""
        self.headers: Mapping[str, str] = {}

    def note_wait(self, seconds: float, _: str, limited: bool) -> None:
        self.waits.append((seconds, limited))
        self.on_wait()

    def receive(self, status: int, headers: Mapping[str, str]) -> Callable[[bytes], None]:
        self.headers = headers

        def take(part: bytes) -> None:
            self.got += part

        return take

    def fetch(self, start: int | None = 0) -> None:
        self.downloads.fetch(self.url, start, self.receive)

    def failure(self) -> DownloadFailedError:
        with pytest.raises(DownloadFailedError) as caught:
            self.fetch()
        return caught.value


@pytest.fixture
def download(platform: LoopbackPlatform, tmp_path: Path, settings: Settings) -> Iterator[Download]:
    opened = Download(platform, tmp_path, settings)
    yield opened
    opened.platform.close()


AUDIO = {"Content-Type": "audio/mpeg"}


def test_the_body_comes_as_it_is(platform: LoopbackPlatform, download: Download):
    platform.answer(PATH, Reply(200, b"\0" * 300_000, AUDIO))
    download.fetch(7)
    assert download.got == b"\0" * 300_000
    asked = platform.asked[-1].headers
    assert (asked["range"], asked["accept"]) == ("bytes=7-", "*/*")
    assert asked["authorization"] == "Bearer access-token-l1"
    platform.answer(PATH, Reply(200, b"", AUDIO))
    download.fetch(None)
    assert "range" not in platform.asked[-1].headers


def test_a_dead_token_is_renewed_once(platform: LoopbackPlatform, download: Download):
    dead = Reply(401, {"errorCode": "OAU-213", "message": "Token not found"})
    platform.answer(PATH, dead, Reply(200, b"abc", AUDIO))
    download.fetch()
    assert (download.got, platform.logins) == (b"abc", 2)
    platform.answer(PATH, dead, dead)
    assert download.failure().status == 401
    assert platform.logins == 3


def test_a_limit_is_waited_for_and_told(platform: LoopbackPlatform, download: Download):
    limited = Reply(429, {"errorCode": "CMN-301"}, {"Retry-After": "1"})
    platform.answer(PATH, limited, Reply(200, b"abc", AUDIO))
    download.fetch()
    assert download.got == b"abc"
    assert download.waits[0] == (1.0, True)


def test_the_limit_that_answers_announce_is_kept(platform: LoopbackPlatform, download: Download):
    announced = {
        "X-Rate-Limit-Group": "heavy",
        "X-Rate-Limit-Limit": "2",
        "X-Rate-Limit-Remaining": "1",
        "X-Rate-Limit-Window": "600",
    }
    platform.answer(PATH, *[Reply(200, b"a", AUDIO | announced)] * 3)
    download.fetch()
    download.fetch()
    download.on_wait = download.cancelled.set
    with pytest.raises(CancelledError):
        download.fetch()
    assert download.got == b"aa"
    ((seconds, limited),) = download.waits
    assert (seconds > 60, limited) == (True, True)


def test_a_wait_ends_with_the_run(platform: LoopbackPlatform, download: Download):
    platform.answer(PATH, Reply(429, {}, {"Retry-After": "60"}))
    download.cancelled.set()
    with pytest.raises(CancelledError):
        download.fetch()


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply(403, {"errorCode": "CMN-401", "permissionName": "X"}), PermissionMissingError),
        (Reply(404, {"errorCode": "CMN-102"}), RequestRefusedError),
        (Reply(416, {"errorCode": "CMN-101"}), RequestRefusedError),
        (Reply(503, {"errorCode": "CMN-211"}), TemporaryError),
        (Reply(200, b"<html>", {"Content-Type": "text/html"}), InterceptedError),
        (Reply(206, b"", {"Content-Type": "text/html"}), UnexpectedAnswerError),
        (Reply(302, b"", {"Location": "https://example.com/"}), InterceptedError),
        (Reply(302, b"", {"Location": "/elsewhere"}), UnexpectedAnswerError),
        (Reply(200, b"x", {**AUDIO, "Content-Encoding": "gzip"}), UnexpectedAnswerError),
    ],
)
def test_answers_that_are_not_the_content(
    platform: LoopbackPlatform, download: Download, reply: Reply, error: type[Exception]
):
    platform.answer(PATH, reply)
    failure = download.failure()
    assert isinstance(failure.cause, error)
    assert failure.status == reply.status
    assert failure.date == pytest.approx(platform.clock(), abs=60)
    assert download.got == b""


def test_a_body_that_ends_early_is_a_failure(platform: LoopbackPlatform, download: Download):
    # The server closes the connection, since it cannot send the rest.
    def cut(_: object) -> Reply:
        return Reply(200, b"abc", {**AUDIO, "Content-Length": "10", "Connection": "close"})

    platform.answer(PATH, cut)
    failure = download.failure()
    assert isinstance(failure.cause, NoAnswerError)
    assert download.got == b"abc"


def test_the_twin_for_attachments_gets_the_token(
    authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    bundle = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(bundle))
    names = [f"{name}.ringcentral.example" for name in ("platform", "media")]
    with serve(certified(authority, *names)) as served:
        here = [(socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.1", served.port))]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: here)
        server = f"https://{names[0]}:{served.port}"
        settings = Settings(server, CREDENTIALS, "environment (RC_*)", ca_bundle=bundle)
        download = Download(served, tmp_path, settings)
        served.answer(PATH, Reply(200, b"abc", AUDIO))
        download.url = content_address(f"https://{names[1]}:{served.port}{PATH}", server)
        download.fetch()
        download.platform.close()
    assert download.got == b"abc"
    asked = served.asked[-1].headers
    assert asked["host"] == f"{names[1]}:{served.port}"
    assert asked["authorization"].startswith("Bearer ")
