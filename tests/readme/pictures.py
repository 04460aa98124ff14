"""Pictures of the terminal for the README, as SVG: for light pages and for dark ones.

They load nothing from anywhere: the letters are those of the reader's own monospace font.
"""

import html
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from rich.cells import cell_len
from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from tests.end_to_end.captures import path_of as capture_path
from tests.readme.blocks import settled
from tests.readme.shells import COLUMNS

FOLDER = Path(__file__).parent / "pictures"

# What is in them: the name, and the command that is run on a terminal.
PICTURED: Mapping[str, str] = {
    "demo": "rc-tail demo --seed 49 --count 9 --rate 20\n",
    "doctor": "rc-tail doctor sms\n",
}

# What is in the others: the captures of a real terminal, each under its title.
CAPTURED: Mapping[str, Mapping[str, str]] = {
    "first-run": {"first-run": ""},
    "tab": {"tab-bash": "bash", "tab-zsh": "zsh", "tab-fish": "fish"},
}

# Background, foreground, eight colours, and the same eight for bold. Each can be read on its
# background, also when it is dimmed.
THEMES: Mapping[str, TerminalTheme] = {
    "light": TerminalTheme(
        (255, 255, 255),
        (31, 35, 40),
        [
            (36, 41, 47),
            (165, 14, 25),
            (17, 99, 41),
            (122, 78, 0),
            (9, 80, 180),
            (110, 58, 190),
            (20, 98, 112),
            (87, 96, 106),
        ],
    ),
    "dark": TerminalTheme(
        (13, 17, 23),
        (230, 237, 243),
        [
            (110, 118, 129),
            (255, 133, 124),
            (86, 211, 100),
            (227, 179, 65),
            (121, 192, 255),
            (210, 168, 255),
            (86, 212, 221),
            (230, 237, 243),
        ],
    ),
}

# Where rich puts things, in its own names; without its fonts, which it would load from a server,
# and without its clip paths, of which it leaves out the last.
_SVG = """\
<svg viewBox="0 0 {width} {height}" width="{width}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font: {char_height}px ui-monospace, monospace; }}
.{unique_id}-title {{ font: bold 18px sans-serif; }}
{styles}
</style>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" class="{unique_id}-matrix">
{backgrounds}{matrix}
</g>
</svg>
"""
_ID = "terminal"
_CELL = 20 * 0.61  # how wide rich makes a column

_RUN = re.compile(
    rf'<text class="{_ID}-(?P<style>r\d+)" x="(?P<x>[^"]*)" y="(?P<y>[^"]*)"'
    r' textLength="[^"]*"[^>]*>(?P<text>[^<]*)</text>'
)
# Words with single spaces between them; rich makes spaces and breaks of lines of these two.
_WORDS = re.compile(r"[^\xa0\n]+(?:\xa0[^\xa0\n]+)*")
_STYLE = re.compile(rf"^\.{_ID}-(r\d+) {{ (.*) }}$", re.MULTILINE)


def path_of(name: str, theme: str) -> Path:
    """Return where a picture is."""
    return FOLDER / f"{name}-{theme}.svg"


def picture(command: str, sent: str, theme: str) -> str:
    """Return a picture of a terminal.

    Args:
        command: What was typed.
        sent: What the terminal was sent then.
        theme: One of `THEMES`.
    """
    shown = Text.from_ansi(settled(sent).rstrip())
    return _drawn([Text(f"$ {command.rstrip()}", style="bold"), shown], theme)


def picture_of_captures(name: str, theme: str) -> str:
    """Return a picture of what was captured in a terminal.

    Args:
        name: One of `CAPTURED`.
        theme: One of `THEMES`.
    """
    parts: list[Text] = []
    for capture, title in CAPTURED[name].items():
        parts += [Text(f"{title}:", style="italic")] if title else []
        text = capture_path(capture).read_text(encoding="utf-8").replace("\\e[", "\x1b[")
        parts.append(Text.from_ansi(text.rstrip("$ \n") + "\n"))
    return _drawn(parts, theme)


def _drawn(parts: Sequence[Text], theme: str) -> str:
    console = Console(
        record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True, legacy_windows=False
    )
    for part in parts:
        console.print(part)
    drawn = console.export_svg(
        title="rc-tail", theme=THEMES[theme], code_format=_SVG, unique_id=_ID
    )
    # rich's frame is too pale for a light page.
    drawn = drawn.replace('stroke="rgba(255,255,255,0.35)"', 'stroke="#8b949e"')
    # One run of letters a line, so that a change is seen as such.
    return _RUN.sub(_in_its_columns, drawn)


def _in_its_columns(run: re.Match[str]) -> str:
    """Put each part of a run where a terminal does.

    Here rich counts wide letters as narrow ones, and some viewers drop spaces at a beginning.
    """
    text = html.unescape(run["text"])
    parts = [
        f'<text class="{_ID}-{run["style"]}" x="{float(run["x"]) + left:g}" y="{run["y"]}"'
        f' textLength="{width:g}">{html.escape(words, quote=False)}</text>\n'
        for words, left, width in _parts(text)
    ]
    return "".join(parts)


def _parts(text: str) -> Iterator[tuple[str, float, float]]:
    """Yield what stands between wide spaces, how far from the left it is, and how wide."""
    for part in _WORDS.finditer(text):
        yield part[0], cell_len(text[: part.start()]) * _CELL, cell_len(part[0]) * _CELL


def seen(svg: str) -> str:
    """Return what there is to see in a picture: its lines, with the style of each run of letters.

    Whatever else rich may draw differently one day is left out.
    """
    styles = dict(_STYLE.findall(svg))
    return "".join(_lines(svg, styles))


def _lines(svg: str, styles: Mapping[str, str]) -> Iterator[str]:
    height = None
    for run in _RUN.finditer(svg):
        if run["y"] != height:
            yield "\n"
            height = run["y"]
        text = html.unescape(run["text"]).replace("\N{NO-BREAK SPACE}", " ")
        yield f"[{styles[run['style']]}]{text}"
