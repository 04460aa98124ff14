"""Turns what people call an extension into the id that event filters need."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rc_tail.errors import UsageError
from rc_tail.text.escape import visible

if TYPE_CHECKING:
    from rc_tail.rest.platform import Platform

_NUMBER = "ext:"


def check_extensions(names: Sequence[str]) -> None:
    """Refuse invalid extensions before any request.

    Args:
        names: Ids such as ``400000102``, or ``ext:102`` for an extension number.

    Raises:
        UsageError: One is neither.
    """
    for name in names:
        digits = name.removeprefix(_NUMBER)
        if not (digits.isascii() and digits.isdigit()):
            raise UsageError(
                f"--extension: invalid extension {visible(name)!r}",
                hint="Use an extension id such as 400000102, or ext: and a number: ext:101.",
            )


def extension_ids(names: Sequence[str], platform: "Platform") -> list[str]:
    """Return extension ids; numbers are looked up at the service.

    Args:
        names: Ids such as ``400000102``, or ``ext:102`` for an extension number.

    Raises:
        UsageError: One is neither, or no extension has that number.
        RcTailError: The request failed.
    """
    check_extensions(names)
    return [_id_of(name, platform) for name in names]


def _id_of(name: str, platform: "Platform") -> str:
    if not name.startswith(_NUMBER):
        return name
    number = name.removeprefix(_NUMBER)
    found = platform.extension_id(number)
    if found is None:
        raise UsageError(
            f"--extension: no extension {number} in this account",
            hint="RingCentral's admin portal lists the extensions with their numbers.",
        )
    return found
