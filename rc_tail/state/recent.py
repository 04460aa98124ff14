"""The latest texts, each once, in bounded memory."""

from collections import OrderedDict
from collections.abc import Iterable


class RecentTexts:
    """Remembers the latest texts in the order in which they came.

    Args:
        most: How many are kept.
        most_chars: How many characters they may have together: what the network sends has no
            length of its own.
        texts: The first ones, the newest last.
        at: The moment of these.

    Attributes:
        most: How many are kept.
        forgotten: The latest moment of any that was forgotten; None while none was.
    """

    def __init__(
        self,
        most: int,
        most_chars: int,
        texts: Iterable[str] = (),
        at: float | None = None,
    ) -> None:
        self.most = most
        self._most_chars = most_chars
        self.forgotten: float | None = None
        self._texts: OrderedDict[str, float | None] = OrderedDict()
        self._chars = 0
        for text in texts:
            self.add(text, at)

    def add(self, text: str, at: float | None = None) -> None:
        """Remember `text`, of the moment `at`, as the newest."""
        if text in self._texts:
            self._texts.move_to_end(text)
            self._texts[text] = at
            return
        self._texts[text] = at
        self._chars += len(text)
        while len(self._texts) > self.most or self._chars > self._most_chars:
            oldest, moment = self._texts.popitem(last=False)
            self._chars -= len(oldest)
            self.forget(moment)

    def forget(self, at: float | None) -> None:
        """Take note that some up to the moment `at` are not known."""
        if at is not None and (self.forgotten is None or at > self.forgotten):
            self.forgotten = at

    def all(self) -> tuple[str, ...]:
        """Return them, the newest last."""
        return tuple(self._texts)
