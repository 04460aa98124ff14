"""Shells that complete `rc-tail`: asked for their offers, or typed into on a terminal."""

import fcntl
import os
import pty
import re
import shutil
import signal
import struct
import subprocess
import termios
import threading
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Self

import pytest

from rc_tail.cli.completion.scripts import FILES, scripts
from rc_tail.cli.completion.shells import SHELLS
from tests.end_to_end.processes import PATIENCE, eventually

CAPTURE = Path(__file__).with_name("capture.zsh")
# What readline takes for the ends of words, when nobody has changed it.
BREAKS = " \t\n\"'><=;|&(:"
# Programs that leave a line in $RAN with the words that they were called with.
_PROGRAM = '#!/bin/sh\nprintf "%s\\037" "${0##*/}" "$@" >>"$RAN"\necho >>"$RAN"\n'
_INTERACTIVE = {
    "bash": ["bash", "--norc", "--noprofile", "-i"],
    "zsh": ["zsh", "-f", "-i"],
    "fish": ["fish", "--no-config", "-i"],
}


def needed(shell: str) -> str:
    """Return a shell's name; skip where it is not installed, but not in continuous integration."""
    if shutil.which(shell) is None:
        if os.environ.get("CI"):
            pytest.fail(f"{shell} is not installed")
        pytest.skip(f"{shell} is not installed")
    return shell


class Home:
    """A user's folders: the scripts, programs that tell when they are run, and files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.scripts = folder / "scripts"
        self.ran = folder / "ran"
        self.offered = folder / "offered"
        self.files = folder / "files"
        for each in (self.scripts, self.files, folder / "bin"):
            each.mkdir()
        for name, text in scripts().items():
            (self.scripts / name).write_text(text)
        for name in ("rc-tail", "python", "python3"):
            program = folder / "bin" / name
            program.write_text(_PROGRAM)
            program.chmod(0o755)
        (self.files / "my file.env").touch()
        (self.files / "folder").mkdir()
        self.environ = {
            "HOME": str(folder),
            "PATH": f"{folder / 'bin'}:/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin",
            "RAN": str(self.ran),
            "OFFERED": str(self.offered),
            "SCRIPTS": str(self.scripts),
            "TERM": "xterm",
            "LC_ALL": "C.UTF-8",
        }

    def store(self, folder: str, names: Iterable[str]) -> None:
        """Make files as rc-tail has them for profiles and for what it resumes."""
        parent = self.folder / folder
        parent.mkdir(parents=True)
        for name in names:
            (parent / name).touch()

    def script(self, shell: str) -> Path:
        return self.scripts / FILES[shell]

    def runs(self) -> list[list[str]]:
        """The programs that were run, each with its words."""
        if not self.ran.exists():
            return []
        lines = self.ran.read_text().splitlines()
        return [line.removesuffix("\037").split("\037") for line in lines]


def offered_by_bash(home: Home, line: str, breaks: str = BREAKS, setup: str = ":") -> list[str]:
    """What bash would offer at the end of a line, as whole words.

    Args:
        home: Whose bash it is.
        line: The line.
        breaks: What ends a word.
        setup: How the user has set bash.
    """
    pieces = cut(line, breaks)
    commands = f"""
        {setup}
        source {home.script("bash")}
        COMP_WORDBREAKS=$BREAKS COMP_LINE=$LINE COMP_POINT=${{#LINE}} COMP_WORDS=("$@")
        COMP_CWORD=$(($# - 1))
        complete -p rc-tail >/dev/null || exit
        _rc_tail rc-tail "${{!#}}" ""
        for word in "${{COMPREPLY[@]}}"; do printf '%s\\n' "$word"; done
    """
    environ = {**home.environ, "LINE": line, "BREAKS": breaks}
    words = ["bash", "--norc", "--noprofile", "-c", commands, "bash", *pieces]
    current = line.split(" ")[-1]
    quoted = current[:1] in ("'", '"')
    kept = "" if quoted else re.split(f"[{re.escape(breaks)}]", current)[-1]
    before = "" if quoted else current.removesuffix(kept)
    return [before + word.rstrip(" ") for word in _output(words, environ, home.files)]


def cut(line: str, breaks: str) -> list[str]:
    """Cut a line as bash does: at blanks, and around what else ends a word."""
    others = re.escape("".join(set(breaks) - set(" \t\n\"'")))
    pattern = re.compile(
        f"[{others}]+|(?:'[^']*'?|\"[^\"]*\"?|[^{others} ])+" if others else "[^ ]+"
    )
    pieces = pattern.findall(line)
    return [*pieces, ""] if line.endswith(" ") else pieces


def offered_by_fish(home: Home, line: str) -> list[tuple[str, str]]:
    """What fish would offer at the end of a line, with descriptions."""
    commands = f"source {home.script('fish')}; complete -C $LINE"
    words = ["fish", "--no-config", "-c", commands]
    found = _output(words, {**home.environ, "LINE": line}, home.files)
    pairs = [text.partition("\t")[::2] for text in found]
    # Fish offers as well what only has the typed letters in it.
    return [pair for pair in pairs if pair[0].startswith(line.split(" ")[-1])]


def _output(words: list[str], environ: Mapping[str, str], folder: Path) -> list[str]:
    done = subprocess.run(
        words, env=dict(environ), cwd=folder, capture_output=True, text=True, timeout=PATIENCE
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


class Terminal:
    """An interactive shell on a terminal of its own.

    Args:
        shell: Its name.
        home: Whose it is.
        setup: A command that makes it ready.
    """

    def __init__(self, shell: str, home: Home, setup: str) -> None:
        self.home = home
        self.screen = b""
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 200, 0, 0))
        self._process = subprocess.Popen(
            _INTERACTIVE[shell],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=home.environ,
            cwd=home.files,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(slave)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        ready = home.folder / f"ready-{shell}"
        self.type(f"{setup}; echo ready > {ready}\r")
        self.wait(ready.exists)

    def _read(self) -> None:
        try:
            while data := os.read(self._master, 65536):
                self.screen += data
        except OSError:
            # Nobody has the other end any more.
            return

    def type(self, text: str) -> None:
        os.write(self._master, text.encode())

    def wait(self, happened: Callable[[], bool]) -> None:
        try:
            eventually(happened, "the shell did as it was told")
        except AssertionError:
            raise AssertionError(self.screen.decode(errors="replace")) from None

    def run(self, text: str) -> list[str]:
        """Type text and the key Return; give the program that it ran, with its words."""
        before = len(self.home.runs())
        self.type(f"{text}\r")
        self.wait(lambda: len(self.home.runs()) > before)
        return self.home.runs()[-1]

    def offered(self, line: str) -> list[tuple[str, str]]:
        """What zsh offers at the end of a line, with descriptions."""
        self.home.offered.write_text("")
        self.type(f"{line}\x07")
        self.wait(lambda: self.home.offered.read_text().endswith("END\n"))
        lines = self.home.offered.read_text().splitlines()[:-1]
        return [text.partition("\t")[::2] for text in dict.fromkeys(lines)]

    def close(self) -> None:
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        os.close(self._master)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def capturing_zsh(home: Home) -> Terminal:
    """A zsh whose offers can be asked for."""
    return Terminal("zsh", home, f"source {CAPTURE}")


_READY = {
    "bash": "bind 'set bell-style none'; bind 'set enable-bracketed-paste off'; source {script}",
    "zsh": "fpath=($SCRIPTS $fpath); autoload -Uz compinit; compinit -u -D",
    "fish": "source {script}",
}
assert set(_READY) == set(_INTERACTIVE) == set(SHELLS)


def typing_into(shell: str, home: Home) -> Terminal:
    """A shell that a person would have, with the completion in it."""
    return Terminal(shell, home, _READY[shell].format(script=home.script(shell)))
