"""Names instead of ids in readable output."""

import re
from collections import deque
from collections.abc import Callable

from rc_tail.events.families.people import CHAT, PERSON, Named, names_in
from rc_tail.events.kinds import Body

# The labels of events/families; an extension number is `ext. 101`.
_LONGEST_ID = 20
_LABEL = re.compile(rf"\b(call queue|queue|extension|person|chat) (\d{{1,{_LONGEST_ID}}})\b")
_LONGEST_NAME = 200
_MOST = 2000
_MOST_ASKED = 40


class NameBook:
    """Remembers the names of people and chats; bounded.

    Attributes:
        found: What another thread found out is put here.
        ask: Called once with each label and id that has no name, for a few of them; must not block.
    """

    def __init__(self) -> None:
        self.found: deque[Named] = deque()
        self.ask: Callable[[str, str], None] | None = None
        self._names: dict[tuple[str, str], str] = {}
        self._asked: set[tuple[str, str]] = set()

    def learn(self, body: Body) -> None:
        """Remember the names that an event says, and those that were found out."""
        while self.found:
            self._remember(self.found.popleft())
        for named in names_in(body):
            self._remember(named)

    def _remember(self, named: Named) -> None:
        if len(named.id) > _LONGEST_ID or len(named.name) > _LONGEST_NAME:
            return
        key = named.what, named.id
        # The newest is at the end.
        self._names.pop(key, None)
        self._names[key] = named.name
        if len(self._names) > _MOST:
            del self._names[next(iter(self._names))]

    def named(self, text: str) -> str:
        """Return `text` with names for the labels and ids in it that have one."""
        return _LABEL.sub(self._name, text)

    def _name(self, label: re.Match[str]) -> str:
        key = CHAT if label[1] == CHAT else PERSON, label[2]
        name = self._names.get(key)
        if name is None:
            self._ask(label[1], key)
        return name or label[0]

    def _ask(self, label: str, key: tuple[str, str]) -> None:
        if self.ask is not None and key not in self._asked and len(self._asked) < _MOST_ASKED:
            self._asked.add(key)
            self.ask(label, key[1])
