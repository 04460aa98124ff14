"""How long a refusal asks to wait, by the headers of the response."""

import re
from collections.abc import Mapping

from rc_tail.text.timestamps import parse_http_date

_MAX_WAIT = 24 * 3600.0


def retry_after(headers: Mapping[str, str], now: float | None = None) -> float | None:
    """Return how long to wait, in seconds, or None where the response does not say.

    Args:
        headers: By name in lower case. ``Retry-After`` counts in both of its forms (RFC 9110,
            section 10.2.3), else the window of RingCentral's own headers.
        now: Unix seconds, where the response has no Date; the latter is preferred, so that a wrong
            clock is harmless. None where no clock is at hand.
    """
    text = headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d{1,9}(\.\d{1,9})?", text, re.ASCII):
        return min(float(text), _MAX_WAIT)
    until, since = parse_http_date(text), parse_http_date(headers.get("date", ""))
    since = now if since is None else since
    if until is not None and since is not None:
        return min(max(0.0, until - since), _MAX_WAIT)
    window = headers.get("x-rate-limit-window", "").strip()
    if re.fullmatch(r"\d{1,5}", window, re.ASCII):
        return float(window)
    return None
