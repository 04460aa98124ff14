"""The library requests, imported without the libraries that guess encodings.

No encoding is guessed here: JSON is UTF-8, and attachments are bytes. requests works without these
libraries (``requests.compat.chardet``), and only warns; importing them takes a tenth of the start-up
time, and 2.6 MiB for as long as a tail runs.
"""

import sys
import warnings

_GUESSERS = ("chardet", "charset_normalizer")
_left_out = [name for name in _GUESSERS if name not in sys.modules]

with warnings.catch_warnings():
    warnings.filterwarnings("ignore", "Unable to find acceptable character detection dependency")
    for _name in _left_out:
        # An import of it fails, as if it were not installed.
        sys.modules[_name] = None  # type: ignore[assignment]
    try:
        import requests as requests
    finally:
        for _name in _left_out:
            del sys.modules[_name]
