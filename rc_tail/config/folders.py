"""Where rc-tail keeps its files."""

from pathlib import Path
from typing import Self

import msgspec
import platformdirs


class Folders(msgspec.Struct, frozen=True):
    """The folders of one user; none of them need exist.

    Attributes:
        cache: Access tokens and the rate budget.
        state: What a tail continues from.
    """

    config: Path
    cache: Path
    state: Path

    @classmethod
    def of_user(cls) -> Self:
        """Return the platform's folders: XDG's on Linux, ``~/Library`` on macOS."""
        return cls(
            config=platformdirs.user_config_path("rc-tail", appauthor=False),
            cache=platformdirs.user_cache_path("rc-tail", appauthor=False),
            state=platformdirs.user_state_path("rc-tail", appauthor=False),
        )
