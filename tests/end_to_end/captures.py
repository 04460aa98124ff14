"""What `rc-tail` looks like in a real terminal: python -m tests.end_to_end.captures writes it anew.

Each capture is a screen of tmux as text, with its colours as ``\\e[...m``.
"""

import re
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from rc_tail.simulator.instance import Simulator
from rc_tail.simulator.service.options import Options
from tests.end_to_end.processes import ROOT
from tests.end_to_end.tmux import Tmux

FOLDER = ROOT / "tests" / "data" / "captures"
EVENTS = FOLDER / "events.jsonl"
# The prompt that would come now.
_ENDED = r"^\[\d+\]$"
_READY = r"^rc-tail: ready: "

# Room for all of the recorded events.
_SHOWN_ROWS = 60

_SCRIPTS = ROOT / "completions"
# The lines of a first run; the tail comes after them.
_FIRST = (
    "rc-tail --version",
    "rc-tail demo --seed 3 --count 4 --rate 20 --time none",
    "rc-tail login",
    "rc-tail doctor sms voicemail",
)
# What the home of a first run is called; as long as the folder that it is.
_HOME = "/home/ada-and-friends"

Shots = Iterator[tuple[str, str]]


def settled(shown: str) -> str:
    """Return a screen as it is kept: what differs from run to run looks the same."""
    text = shown.replace("\x1b", "\\e")
    text = re.sub(r"/tmp/rc-tail-\w{8}", _HOME, text)
    text = re.sub(r"answered in <?\d+ ms", "answered in 1 ms", text)
    text = re.sub(r"in [\d.]+ min( \d+ s)?", "in 3 min 20 s", text)
    text = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:40000", text)
    text = re.sub(r"live for [^·]+ · (\d+ events?)( · [^\\\n]*)?", r"live for 5 s · \1 · …", text)
    return re.sub(r"(\d+ events? in) [^(\n]* \(", r"\1 2 s (", text)


def _recorded(
    name: str,
    *,
    time: str = "none",
    term: str = "tmux-256color",
    columns: int = 80,
    style: str = "default",
    **variables: str,
) -> Callable[[Path], Shots]:
    """Recorded events, all at once."""

    def shots(home: Path) -> Shots:
        words = ("show", str(EVENTS), "--time", time)
        with Tmux(
            *words,
            home=home,
            variables=variables,
            term=term,
            columns=columns,
            rows=_SHOWN_ROWS,
            style=style,
        ) as terminal:
            terminal.wait_for(_ENDED)
            yield name, terminal.shown(colours=True)

    return shots


def _told(name: str, *words: str, columns: int = 80) -> Callable[[Path], Shots]:
    """What a command says and prints that asks nobody."""

    def shots(home: Path) -> Shots:
        with Tmux(*words, home=home, folder=FOLDER, columns=columns) as terminal:
            terminal.wait_for(_ENDED)
            yield name, terminal.shown(colours=True)

    return shots


def _tail(home: Path) -> Shots:
    """A tail from its start to Ctrl-C, in a terminal that becomes narrow in between."""
    words = ("sms", "--time", "none")
    with (
        Simulator() as simulator,
        Tmux(*words, home=home, variables=simulator.variables) as terminal,
    ):
        terminal.wait_for(r"^live for .* 0 events")
        yield "tail-ready", terminal.shown(colours=True)
        simulator.send("sms", text="is 山田 coming? 🎉 " + "it goes on and on " * 9)
        terminal.wait_for(r"^live for .* 1 event\b")
        yield "tail-event", terminal.shown(colours=True)
        terminal.resize(50)
        # It is drawn anew once a second.
        simulator.send("sms", text="it has become narrow by now")
        terminal.wait_for(r"^live for .* 2 events(.{0,20})$")
        yield "tail-resized", _last_lines(terminal.shown(colours=True), 2)
        terminal.press("C-c")
        terminal.wait_for(_ENDED)
        yield "tail-ended", _last_lines(terminal.shown(colours=True), 3)


def _demo(name: str, columns: int, *, style: str = "default") -> Callable[[Path], Shots]:
    """The demo to its end: an own post, a missed call, what came with a text."""

    def shots(home: Path) -> Shots:
        words = ("demo", "--seed", "49", "--count", "15", "--rate", "20")
        with Tmux(*words, home=home, columns=columns, rows=_SHOWN_ROWS, style=style) as terminal:
            terminal.wait_for(_ENDED)
            shown = terminal.shown(colours=True)
            yield name, re.sub(r"(?<!\d)\d\d:\d\d:\d\d(?!\d)", "09:36:00", shown)

    return shots


def _last_lines(shown: str, count: int) -> str:
    # How tmux breaks longer lines of before anew is no matter of ours.
    return "\n".join(shown.splitlines()[-count:]) + "\n"


def _tail_on_a_dumb_terminal(home: Path) -> Shots:
    words = ("sms", "--time", "none", "--count", "1")
    with (
        Simulator() as simulator,
        Tmux(*words, home=home, variables=simulator.variables, term="dumb") as terminal,
    ):
        terminal.wait_for(_READY)
        simulator.send("sms", text="plain")
        terminal.wait_for(_ENDED)
        yield "tail-dumb", terminal.shown(colours=True)


def _tail_while_it_connects(home: Path) -> Shots:
    """What it is doing, in the status line, or with -v above it."""
    with Simulator() as simulator:
        simulator.fault("slow-answer", count=100, on="token", delay="60s")
        for name, words in (("connecting", ["sms"]), ("connecting-verbose", ["sms", "-v"])):
            with Tmux(*words, home=home, variables=simulator.variables, columns=60) as terminal:
                terminal.wait_for(r"^(rc-tail: )?logging in")
                yield f"tail-{name}", terminal.shown(colours=True)


def _tail_while_a_limit_is_spent(home: Path) -> Shots:
    """It says for how long it waits, and counts."""
    with Simulator() as simulator:
        simulator.fault("rate-limited", count=9, on="token", retry_after="200")
        with Tmux("sms", home=home, variables=simulator.variables, columns=120) as terminal:
            terminal.wait_for(r"next try in \d+ min")
            yield "tail-waiting", terminal.shown(colours=True)


def _tail_while_it_waits(home: Path) -> Shots:
    """Messages on a narrow terminal while the service cannot be reached."""
    with Simulator() as simulator:
        variables = dict(simulator.variables)
    words = ("sms", "--retry-for", "1s")
    with Tmux(*words, home=home, variables=variables, columns=60) as terminal:
        terminal.wait_for(_ENDED)
        # How often it was tried depends on the machine.
        yield "tail-unreachable", "rc-tail: error" + terminal.shown().partition("rc-tail: error")[2]


# How each shell is started, and what makes it complete and be brief.
_COMPLETING: Mapping[str, tuple[tuple[str, ...], str]] = {
    "bash": (("bash", "--norc", "--noprofile"), f"source {_SCRIPTS}/rc-tail.bash; PS1='$ '"),
    "zsh": (
        ("zsh", "-f"),
        f"fpath=({_SCRIPTS} $fpath); autoload -Uz compinit; compinit -u -D; PS1='$ '",
    ),
    "fish": (
        ("fish", "--no-config"),
        f"source {_SCRIPTS}/rc-tail.fish; function fish_prompt; echo -n '$ '; end",
    ),
}


def _tab(shell: str) -> Callable[[Path], Shots]:
    """TAB in a shell."""

    def shots(home: Path) -> Shots:
        words, setup = _COMPLETING[shell]
        with Tmux(*words, home=home, shell=True, columns=100) as terminal:
            terminal.write(f" {setup}; clear\n")
            terminal.wait_for(r"\A\$ ?\n")
            terminal.write("rc-tail sms vo\tcalls:dir\tO\t")
            terminal.wait_for(r"rc-tail sms voicemail calls:direction=Outbound")
            terminal.press("C-c")
            terminal.wait_for(r"^\$ ?$")
            # Only bash wants to be asked twice for a list.
            terminal.write("rc-tail favorite-presence\t" + "\t" * (shell == "bash"))
            terminal.wait_for(r"-sip\b")
            yield f"tab-{shell}", terminal.shown(colours=True)

    return shots


def _first_run(home: Path) -> Shots:
    """What a stranger types first, and sees."""
    # A path as long as it is shown, so that lines break where they did.
    with (
        tempfile.TemporaryDirectory(prefix="rc-tail-", dir="/tmp") as short,
        # With the limits of RingCentral, as it would be with an account.
        Simulator(Options(enforce_limits=True)) as simulator,
    ):
        variables = {**simulator.variables, "HISTFILE": ""}
        for name in ("CONFIG", "CACHE", "STATE"):
            variables[f"XDG_{name}_HOME"] = ""
        words = ("bash", "--norc", "--noprofile")
        with Tmux(
            *words, home=Path(short), shell=True, variables=variables, columns=108, rows=60
        ) as terminal:
            terminal.write(" PS1='$ '; clear\n")
            terminal.wait_for(r"\A\$ ?\n")
            for number, line in enumerate(_FIRST, 1):
                terminal.write(f"{line}\n")
                terminal.wait_for(rf"(?s)(\A|\n)(\$ \S.*){{{number}}}\n\$ ?\n*\Z")
            terminal.write("rc-tail sms voicemail --time none\n")
            terminal.wait_for(r"^live for .* 0 events")
            simulator.send("sms", text="Are we still on for noon?")
            simulator.send("voicemail")
            terminal.wait_for(r"^live for .* 2 events")
            terminal.press("C-c")
            terminal.wait_for(r"^rc-tail: 2 events in(.|\n)*^\$ ?$")
            yield "first-run", terminal.shown(colours=True)


# Each gives one or more captures in an empty home.
STORIES: Mapping[str, Callable[[Path], Shots]] = {
    "show-256-colours": _recorded("show-256-colours"),
    "show-16-colours": _recorded("show-16-colours", term="screen-16color"),
    "show-no-colour": _recorded("show-no-colour", NO_COLOR="1"),
    "show-dumb": _recorded("show-dumb", term="dumb"),
    "show-light": _recorded("show-light", style="fg=black,bg=white", COLORFGBG="0;15"),
    "show-40-columns": _recorded("show-40-columns", columns=40),
    "show-120-columns": _recorded("show-120-columns", time="utc", columns=120),
    **{
        f"demo-{columns}-{style}": _demo(f"demo-{columns}-{style}", columns, style=look)
        for columns in (60, 80, 120)
        for style, look in (("dark", "fg=white,bg=black"), ("light", "fg=black,bg=white"))
    },
    "show-warning": _told("show-warning", "show", "bad.jsonl", columns=60),
    "error-40-columns": _told(
        "error-40-columns", "sms", "--where", "body.direction = 'Inbound'", columns=40
    ),
    "error-80-columns": _told("error-80-columns", "smz", "voicemale", "--cout", "3"),
    "help-80-columns": _told("help-80-columns", "--help"),
    "event-60-columns": _told("event-60-columns", "events", "dnd", columns=60),
    "tab-bash": _tab("bash"),
    "tab-zsh": _tab("zsh"),
    "tab-fish": _tab("fish"),
    "first-run": _first_run,
    "tail": _tail,
    "tail-connecting": _tail_while_it_connects,
    "tail-waiting": _tail_while_a_limit_is_spent,
    "tail-dumb": _tail_on_a_dumb_terminal,
    "tail-unreachable": _tail_while_it_waits,
}


def path_of(name: str) -> Path:
    """Return where a capture is kept."""
    return FOLDER / f"{name}.txt"


def main() -> int:
    """Run the stories that are named, or all, and write down what has changed."""
    for story in map(STORIES.__getitem__, sys.argv[1:] or STORIES):
        with tempfile.TemporaryDirectory() as home:
            for name, shown in story(Path(home)):
                path_of(name).write_text(settled(shown), encoding="utf-8")
                print(f"captured {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
