"""The content of attachments: where it is, and how it is downloaded.

RingCentral serves it from ``media.`` in place of ``platform.`` (developer guide, "Media"). The content
of messages is in the rate group "Medium", that of recordings in "Heavy".
"""

import math
import re
import threading
from collections.abc import Mapping
from urllib.parse import urlsplit

import msgspec

from rc_tail.errors import RcTailError
from rc_tail.rest.client import Learn
from rc_tail.rest.http import Receive
from rc_tail.rest.platform import Platform
from rc_tail.rest.rate_limit import CancelledError, RateLimit, ReportWait, RetryLimit
from rc_tail.system.clocks import clock, wall_of
from rc_tail.text.escape import is_plain, visible
from rc_tail.text.timestamps import parse_http_date

# Downloads a minute of the group "Medium" (developer guide, "Rate limits"); answers may say another.
_LIMIT = 40
_LONGEST_ADDRESS = 4096
_PORTS = {"http": 80, "https": 443}
_RANGE = re.compile(r"bytes (\d{1,15})-\d{1,15}/(\d{1,15}|\*)", re.ASCII)


class DownloadFailedError(Exception):
    """A download failed, or ended early.

    Attributes:
        cause: Why.
        status: The HTTP status of the last answer; None where there was none.
        date: When the service gave that answer, by its own clock in Unix seconds; None where it
            did not say.
    """

    def __init__(self, cause: RcTailError, status: int | None, date: float | None) -> None:
        super().__init__(cause.message)
        self.cause = cause
        self.status = status
        self.date = date


class ForeignAddressError(ValueError):
    """An address that must not get the access token, with the reason in words."""


class Extent(msgspec.Struct, frozen=True):
    """Which part of a content an answer holds.

    Attributes:
        start: Its first byte.
        total: The size of the whole content; None where the answer does not say.
    """

    start: int
    total: int | None


def extent_of(status: int, headers: Mapping[str, str]) -> Extent:
    """Return which part of a content an answer holds (RFC 9110, section 14.4).

    Args:
        status: 200 or 206.
        headers: By name in lower case.
    """
    if status == 206:
        found = _RANGE.fullmatch(headers.get("content-range", "").strip())
        if found is not None:
            return Extent(int(found[1]), None if found[2] == "*" else int(found[2]))
    length = headers.get("content-length", "").strip()
    return Extent(0, int(length) if re.fullmatch(r"\d{1,15}", length, re.ASCII) else None)


def content_address(uri: str, server: str) -> str:
    """Return the address of a content on a server or its twin for attachments.

    It is built of the server's own scheme, host and port, so that the access token can go nowhere
    else, whatever `uri` holds.

    Args:
        uri: As an event gives it: absolute, or from the server's root.
        server: Its address, without a path.

    Raises:
        ForeignAddressError: It is elsewhere, or not an address.
    """
    shown = visible(uri)[:200]
    if len(uri) > _LONGEST_ADDRESS or not is_plain(uri) or " " in uri or "\\" in uri:
        raise ForeignAddressError(f"invalid address: {shown}")
    try:
        parts = urlsplit(uri)
        origin = _origin(parts.scheme, parts.hostname or "", parts.port)
    except ValueError:
        raise ForeignAddressError(f"invalid address: {shown}") from None
    query = f"?{parts.query}" if parts.query else ""
    if not parts.scheme and not parts.netloc and parts.path.startswith("/"):
        return f"{server}{parts.path}{query}"
    for base in (server, server.replace("://platform.", "://media.", 1)):
        known = urlsplit(base)
        if origin == _origin(known.scheme, known.hostname or "", known.port) and not parts.username:
            return f"{base}{parts.path or '/'}{query}"
    raise ForeignAddressError(
        f"its address is not on {server.partition('://')[2]}, so no access token is sent there: {shown}"
    )


def _origin(scheme: str, host: str, port: int | None) -> tuple[str, str, int | None]:
    return scheme, host, _PORTS.get(scheme) if port is None else port


class AttachmentDownloads:
    """Downloads within the service's rate limit; may be used by several threads.

    Args:
        cancelled: Ends every wait when it is set.
        report_wait: Called before every wait for the limit.
    """

    def __init__(
        self, platform: Platform, *, cancelled: threading.Event, report_wait: ReportWait
    ) -> None:
        self._platform = platform
        self._rate_limit = RateLimit(
            _LIMIT,
            cancelled=cancelled,
            clock=lambda: wall_of(clock()),
            report_wait=report_wait,
            # A limit always ends; other failures are the caller's to judge.
            retry_limit=RetryLimit(refused=math.inf, unreachable=0.0, failing=0.0),
            calls="downloads",
        )

    @property
    def server(self) -> str:
        """The server's address, without a path."""
        return self._platform.client.server

    def fetch(self, url: str, start: int | None, receive: Receive) -> None:
        """Download a content, or the rest of it; a limit of the service is waited for.

        Args:
            url: From `content_address`.
            start: The first byte; None to request no range.
            receive: Called with status (200 or 206) and headers; returns what takes the body.

        Raises:
            DownloadFailedError: It failed, or ended early.
            CancelledError: The program ends.
        """
        status: int | None = None
        date: float | None = None

        def ask(learn: Learn) -> None:
            def note(answered: int, headers: Mapping[str, str]) -> None:
                nonlocal status, date
                status, date = answered, parse_http_date(headers.get("date", ""))
                learn(answered, headers)

            self._platform.download(url, start, receive, learn=note)

        try:
            self._rate_limit.call(ask)
        except CancelledError:
            raise
        except RcTailError as error:
            raise DownloadFailedError(error, status, date) from error
