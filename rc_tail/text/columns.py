"""Columns of a terminal: how wide a text is, padding and cutting.

Wide characters and emoji take two cells, combining ones none, so that lengths in characters are
of no use. Texts must be harmless already, and not yet coloured.
"""

from rich.cells import cell_len, set_cell_size

# Behind this stands a command to be copied.
_CONTINUE = "continue with: "


def cells(text: str) -> int:
    """Return how many cells of a terminal `text` takes."""
    return len(text) if text.isascii() else cell_len(text)


def cut(text: str, width: int) -> str:
    """Return `text` in at most `width` cells, with an ellipsis where something was cut away.

    Args:
        text: On one line.
        width: At least 1.
    """
    # A long text is too wide by its beginning alone, unless nearly all of that takes no cells.
    beginning = text[: 4 * width]
    if len(beginning) < len(text) and cells(beginning) > width:
        text = beginning
    elif cells(text) <= width:
        return text
    return set_cell_size(text, width - 1).rstrip() + "…"


def wrap(text: str, width: int, indent: int) -> list[str]:
    """Return `text` broken between words into lines of at most `width` cells.

    A longer word, such as an address, stays in one piece. So does the command at the end of a text
    that says how to continue: it is there to be copied.

    Args:
        text: On one line; spaces at its beginning stay.
        width: At least 1.
        indent: How many spaces stand before each line but the first.
    """
    indent = indent if indent <= width // 4 else 2
    text, told, command = text.partition(_CONTINUE)
    words = [*f"{text}{told.rstrip()}".split(" "), *filter(None, [command])]
    lines = [words[0]]
    for word in words[1:]:
        longer = f"{lines[-1]} {word}"
        if cells(longer) <= width or not lines[-1].strip():
            lines[-1] = longer
        else:
            lines.append(" " * indent + word)
    return lines


class Column:
    """A column that grows to the widest text so far, up to a limit.

    What is wider than the limit stands over its column and moves the rest of its line only.

    Args:
        narrowest: Its width in the beginning, in cells.
        widest: The limit.
    """

    def __init__(self, narrowest: int, widest: int) -> None:
        self._widest = widest
        self._width = min(narrowest, widest)

    def pad(self, text: str, most: int | None = None) -> str:
        """Return the spaces that `text` needs behind it.

        Args:
            text: What stands in the column.
            most: The column's limit for now, in cells, where the terminal has become narrow.
        """
        taken = cells(text)
        if self._width < taken <= self._widest:
            self._width = taken
        width = self._width if most is None else min(self._width, most)
        return " " * (width - taken)
