"""The latest texts, each once, in bounded memory."""

from collections import OrderedDict
from collections.abc import Iterable


class Latest:
    """Remembers the latest texts in the order in which they came.

    Args:
        most: How many are kept.
        most_chars: How many characters they may have together: what the network sends has no
            length of its own.
        texts: The first ones, the newest last.
    """

    def __init__(self, most: int, most_chars: int, texts: Iterable[str] = ()) -> None:
        self.most = most
        self._most_chars = most_chars
        self._texts: OrderedDict[str, None] = OrderedDict()
        self._chars = 0
        for text in texts:
            self.add(text)

    def add(self, text: str) -> None:
        """Remember `text` as the newest."""
        if text in self._texts:
            self._texts.move_to_end(text)
            return
        self._texts[text] = None
        self._chars += len(text)
        while len(self._texts) > self.most or self._chars > self._most_chars:
            self._chars -= len(self._texts.popitem(last=False)[0])

    def all(self) -> tuple[str, ...]:
        """Return them, the newest last."""
        return tuple(self._texts)
