"""Importing libraries without the modules that they import but do not need here.

All of them together would take a seventh of the start-up time.
"""

import contextlib
import sys
import warnings
from collections.abc import Iterator
from importlib import import_module
from types import ModuleType
from typing import Any

# Libraries work without them. No encoding is guessed here: JSON is UTF-8, and attachments are bytes
# (`requests.compat.chardet`). msgspec has the same functions from `typing`.
_NOT_NEEDED = ("chardet", "charset_normalizer", "typing_extensions")
# Libraries use them in functions that are called rarely or never: for tracebacks, host names and
# headers beyond ASCII, files sent in forms, certificates in an archive, names of months, data about
# packages, JSON schemas, TOML and YAML.
_RARELY_USED = (
    "csv",
    "email.header",
    "idna",
    "importlib.metadata._adapters",
    "inspect",
    "locale",
    "mimetypes",
    "msgspec.inspect",
    "msgspec.toml",
    "msgspec.yaml",
    "shutil",
    "stringprep",
    "traceback",
    "zipfile",
)


def import_lean(name: str) -> ModuleType:
    """Import a module, and what it imports, without the modules above; return it.

    Nothing is left behind: whatever imports one of them later gets it. If a library turns out to
    need one, everything is imported as usual.

    Raises:
        ImportError: The module, or one that it needs, is not there.
    """
    with contextlib.suppress(ImportError), _stand_ins(), warnings.catch_warnings():
        # requests warns where no encoding can be guessed.
        warnings.filterwarnings("ignore", "Unable to find acceptable character detection")
        return import_module(name)
    return import_module(name)


@contextlib.contextmanager
def _stand_ins() -> Iterator[None]:
    # None lets an import fail as if the module were not installed ("The module cache" in the
    # language reference).
    missing = {name: None for name in _NOT_NEEDED if name not in sys.modules}
    later = {name: _LaterModule(name) for name in _RARELY_USED if name not in sys.modules}
    stand_ins: dict[str, Any] = {**missing, **later}
    sys.modules.update(stand_ins)
    try:
        yield
    finally:
        modules = list(sys.modules.items())
        # requests gives idna a second name.
        unused = [name for name, module in modules if isinstance(module, _LaterModule)]
        for name in (*missing, *unused):
            del sys.modules[name]


class _LaterModule(ModuleType):
    """A module that is imported when one of its names is looked up.

    `importlib.util.LazyLoader` is for this, but it loads a module as soon as it is imported a second
    time.
    """

    def __getattr__(self, name: str) -> Any:
        module = self.__name__
        if sys.modules.get(module) is self:
            del sys.modules[module]
        return getattr(import_module(module), name)
