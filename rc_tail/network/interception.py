"""Answers that are not the server's: of a captive portal, a proxy or a firewall on the way.

RingCentral's API answers in JSON and never redirects (developer guide, "API errors"). A web page, a
redirect to another host, and the two statuses that only a network gives (RFC 9110, section 15.5.8;
RFC 6585, section 6) come from something else.
"""

from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from rc_tail.errors import InterceptedError, InterceptedForNowError
from rc_tail.text.escape import visible
from rc_tail.text.retry_after import retry_after

# The head of a page, with its title, comes first.
LOOKED_AT = 16 * 1024
_MAX_TITLE = 80
_MAX_TARGET = 200
_PROXY_LOGIN, _NETWORK_LOGIN = 407, 511
_SLOW_DOWN, _TIMED_OUT = 429, 408
_BOM = b"\xef\xbb\xbf"


def intercepted(
    host: str,
    status: int,
    headers: Mapping[str, str],
    body: bytes | bytearray,
    *,
    mask: Callable[[str], str],
    now: float | None = None,
) -> InterceptedError | None:
    """Return the error for an answer that the server cannot have given; None for any other.

    Args:
        host: The server, with its port where that is not the usual one; untrusted.
        headers: By name in lower case.
        body: Its beginning is enough.
        mask: Hides secrets: such answers quote what was requested.
        now: Unix seconds, for a ``Retry-After`` that is a date; None to ignore dates.
    """
    # A limit is obeyed, whoever sets it.
    if status == _SLOW_DOWN:
        return None
    # Masked before it is cut: half a secret is not known as one.
    target = mask(_foreign_target(host, status, headers))[:_MAX_TARGET]
    page = bytes(body[:LOOKED_AT])
    what = f"a redirect to {target}" if target else _kind_of(headers, page, mask)
    if not what and status not in (_PROXY_LOGIN, _NETWORK_LOGIN):
        return None
    shown = visible(what or "no page")
    who = visible(host)
    message = (
        f"something between this machine and {who} answered instead of RingCentral: "
        f"status {status}, {shown}"
    )
    if (status >= 500 and status != _NETWORK_LOGIN) or status == _TIMED_OUT:
        return InterceptedForNowError(
            message,
            retry_after=retry_after(headers, now),
            hint="A proxy or gateway on the way has a failure or cannot reach RingCentral.",
        )
    return InterceptedError(message, hint=_hint(who, status))


def _hint(host: str, status: int) -> str:
    if status == _PROXY_LOGIN:
        return "A proxy requires a login: set HTTPS_PROXY=http://user:password@host:port"
    if status in (401, 403):
        return (
            f"A proxy or firewall blocks the request: ask its administrator to allow {host}. "
            "RingCentral has not checked the credentials."
        )
    return (
        "If this network has a login page, log in with a browser and try again. Otherwise check "
        "--server: is it RingCentral's address?"
    )


def _foreign_target(host: str, status: int, headers: Mapping[str, str]) -> str:
    """Return where a redirect to another host leads, without its query; empty for no such one."""
    if not 300 <= status < 400:
        return ""
    try:
        target = urlsplit(headers.get("location", "").strip())
        there, here = target.hostname, urlsplit(f"//{host}").hostname
    except ValueError:
        return ""
    if not there or there == here:
        return ""
    return f"{target.scheme or 'http'}://{there}{target.path}"


def _kind_of(headers: Mapping[str, str], body: bytes, mask: Callable[[str], str]) -> str:
    """Return what sort of page `body` is; empty for JSON and for plain text."""
    declared = "html" in headers.get("content-type", "").lower()
    if declared and headers.get("content-encoding", "identity").lower() != "identity":
        return "a web page"
    start = body.removeprefix(_BOM).lstrip()
    if start.startswith((b"{", b"[")) or not (start.startswith(b"<") or (declared and start)):
        return ""
    lower = start.lower()
    if not declared and b"<html" not in lower and not lower.startswith(b"<!doctype html"):
        return "an XML document"
    title = page_title(start, mask)
    return f'a web page titled "{title}"' if title else "a web page without a title"


def page_title(page: bytes, mask: Callable[[str], str] = str) -> str:
    """Return the title of a web page, on one line and short; empty where it has none."""
    # By plain searches: a pattern would take quadratic time for a hostile page.
    lower = page.lower()
    tag = lower.find(b"<title")
    start = lower.find(b">", tag) + 1 if tag >= 0 else 0
    if not start:
        return ""
    end = lower.find(b"</title", start)
    raw = page[start:end] if end >= 0 else page[start : start + 4 * _MAX_TITLE]
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    import html  # nearly every answer is JSON

    words = " ".join(mask(html.unescape(text[: 16 * _MAX_TITLE])).split())
    return words if len(words) <= _MAX_TITLE else f"{words[:_MAX_TITLE]}..."
