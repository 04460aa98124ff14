"""Columns of a terminal: the width of a text, padding, cutting and wrapping.

Wide characters and emoji take two cells and combining ones none, so widths are counted in cells.
Texts must be escaped already, and not coloured yet.
"""

from rich.cells import cell_len, chop_cells, set_cell_size

# A command to copy follows this.
_CONTINUE = "continue with: "
_JOINER = "\u200d"


def cells(text: str) -> int:
    """Return the width of `text` in cells."""
    return len(text) if text.isascii() else cell_len(text)


def cut(text: str, width: int) -> str:
    """Cut `text`, one line, to at most `width` cells (at least 1), with an ellipsis if it is cut."""
    # Usually the beginning of a long text is too wide already: then the rest is not measured.
    beginning = text[: 4 * width]
    if len(beginning) < len(text) and cells(beginning) > width:
        text = beginning
    elif cells(text) <= width:
        return text
    return set_cell_size(text, width - 1).rstrip() + "…"


def wrap(text: str, width: int, indent: int) -> list[str]:
    """Wrap `text` between words into lines of at most `width` cells.

    A longer word, such as a URL, is not broken. Neither is the command after "continue with:", so
    that it can be copied.

    Args:
        text: One line; leading spaces are kept.
        width: At least 1.
        indent: The number of spaces before each line but the first.
    """
    indent = indent if indent <= width // 4 else 2
    text, continue_, command = text.partition(_CONTINUE)
    words = [*f"{text}{continue_.rstrip()}".split(" "), *filter(None, [command])]
    lines = [words[0]]
    for word in words[1:]:
        longer = f"{lines[-1]} {word}"
        if cells(longer) <= width or not lines[-1].strip():
            lines[-1] = longer
        else:
            lines.append(" " * indent + word)
    return lines


def fold(text: str, width: int) -> list[str]:
    """Break `text`, one line, into lines of at most `width` cells, between words where possible.

    Args:
        width: At least 2, so that a wide character fits.
    """
    if text.isascii():
        return _fold_ascii(text, width)
    # A joiner hides what follows it, even a space: then a text takes less room than its words do.
    if len(text) <= width and _JOINER not in text and cells(text) <= width:
        return [text]
    lines: list[str] = []
    line = ""
    room = width
    for number, word in enumerate(text.split(" ")):
        taken = cells(word)
        if number and taken < room:
            line += f" {word}"
            room -= taken + 1
            continue
        if number:
            lines.append(line)
        if taken > width:
            *full, word = chop_cells(word, width)
            lines.extend(full)
            taken = cells(word)
        line, room = word, width - taken
    return [*lines, line]


def _fold_ascii(text: str, width: int) -> list[str]:
    """Fold a text of which each character takes one cell: only spaces are searched."""
    lines: list[str] = []
    start = 0
    while len(text) - start > width:
        space = text.rfind(" ", start, start + width + 1)
        end = start + width if space < 0 else space
        lines.append(text[start:end])
        start = end if space < 0 else end + 1
    return [*lines, text[start:]]


def hang(start: str, text: str, width: int | None) -> str:
    """Return `start` and `text`, folded so that the text stays behind its start where it fits.

    Args:
        start: What precedes the text on the first line.
        width: Of the terminal, in cells; None for one line.
    """
    if width is None:
        return start + text
    indent = cells(start)
    if indent > width // 2:
        # Too little room is left: the text begins on a line of its own.
        lines = fold(start.rstrip(), width) + [f"    {line}" for line in fold(text, width - 4)]
        return "\n".join(lines)
    return start + f"\n{' ' * indent}".join(fold(text, width - indent))


class Column:
    """A column that grows to the widest text so far, up to a limit.

    A text wider than the limit moves the rest of its own line only.

    Args:
        narrowest: The initial width, in cells.
        widest: The limit, in cells.
    """

    def __init__(self, narrowest: int, widest: int) -> None:
        self._widest = widest
        self._width = min(narrowest, widest)

    def pad(self, text: str, most: int | None = None) -> str:
        """Return the spaces that follow `text` in its column.

        Args:
            most: A lower limit for this line, in cells, for a narrow terminal.
        """
        taken = cells(text)
        if self._width < taken <= self._widest:
            self._width = taken
        width = self._width if most is None else min(self._width, most)
        return " " * (width - taken)
