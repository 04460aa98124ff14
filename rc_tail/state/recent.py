"""The latest texts, each once, in bounded memory."""

from collections import OrderedDict
from collections.abc import Iterable


class RecentTexts:
    """The latest texts in the order in which they were added.

    Args:
        most_chars: The most characters of all texts together: those of the network are unbounded.
        texts: Texts to begin with, the newest last, all of the moment `at`.

    Attributes:
        most: The most texts.
        forgotten: The latest moment of any that was dropped; None while none was.
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
        """Add `text`, of the moment `at`, as the newest."""
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
        """Note that some texts up to the moment `at` are not here."""
        if at is not None and (self.forgotten is None or at > self.forgotten):
            self.forgotten = at

    def all(self) -> tuple[str, ...]:
        """Return them, the newest last."""
        return tuple(self._texts)
