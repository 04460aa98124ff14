"""The TAB key in bash, zsh and fish as they are."""

import re
from collections.abc import Callable, Iterator

import pytest

from rc_tail.cli.commands import COMMANDS
from rc_tail.cli.completion.shells import SHELLS
from rc_tail.events.catalogue import KINDS, NAMES
from rc_tail.events.kinds import EventKind, Parameter
from rc_tail.events.selection.select import select
from tests.end_to_end.shells import (
    BREAKS,
    Home,
    Terminal,
    capturing_zsh,
    needed,
    offered_by_bash,
    offered_by_fish,
    typing_into,
)

Offers = Callable[[str], list[str]]

# What is typed, and the whole words that are offered for the last one.
CASES = [
    # Events.
    ("vo", "voicemail"),
    ("sms2", "sms2-in sms2-out"),
    ("sms fa", "fax favorite-presence favorite-presence-detailed favorite-presence-sip favorites"),
    ("smz", ""),
    ("queue-", "queue-presence:"),
    # Second spellings, where no first one fits.
    ("faxe", "faxes"),
    ("insight-p", "insight-pbx"),
    ("emergency-addresse", "emergency-addresses:"),
    # Several in one word.
    ("sms,vo", "sms,voicemail"),
    ("sms,fax,queue-", "sms,fax,queue-presence:"),
    # Parameters.
    ("calls:d", "calls:direction="),
    ("call:d", "call:direction="),
    ("calls:direction=", "calls:direction=Inbound calls:direction=Outbound"),
    ("calls:direction=I", "calls:direction=Inbound"),
    ("sms,calls:statusCode=P", "sms,calls:statusCode=Proceeding sms,calls:statusCode=Parked"),
    ("calls:direction=Inbound,st", "calls:direction=Inbound,statusCode="),
    ("calls:direction=Inbound,statusCode=G", "calls:direction=Inbound,statusCode=Gone"),
    ("queue-presence:400,st", ""),
    ("calls:phoneNumber=", ""),
    ("calls:nothing=", ""),
    ("sms:", ""),
    # One that was given is offered again only where several make sense.
    ("calls:direction=Inbound,di", "calls:direction=Inbound,directory"),
    ("calls:statusCode=Gone,st", "calls:statusCode=Gone,statusCode="),
    ("calls:statusCode=Gone,statusCode=A", "calls:statusCode=Gone,statusCode=Answered"),
    ("calls:direction=Inbound,presence:s", "calls:direction=Inbound,presence:sipData="),
    # The colon may be left out, but then no parameter is meant before it has its "=".
    ("calls,st", ""),
    ("calls,statusCode=Ans", "calls,statusCode=Answered"),
    ("calls,statusCode=Gone,direction=I", "calls,statusCode=Gone,direction=Inbound"),
    # Paths are whole.
    ("/restapi/v1.0/account/~/presence,s", ""),
    ("sms,/restapi/v1.0/account/~/presence,s", ""),
    # Commands.
    ("ev", "events"),
    ("log", "login logout"),
    ("sms log", ""),
    ("--json log", "login logout"),
    ("--for 30s vo", "voicemail"),
    ("--for=30s vo", "voicemail"),
    ("tail vo", "voicemail"),
    ("tail log", ""),
    ("simulator s", "send status stop"),
    ("simulator send queue-", "queue-presence"),
    ("simulator send sms vo", ""),
    ("simulator fault half", "half-open"),
    ("simulator fault re", "reset recovery-failed reordering"),
    ("simulator fault reset re", ""),
    ("simulator unknown vo", ""),
    ("events vo", "voicemail"),
    ("events sms vo", "voicemail"),
    ("whoami s", ""),
    # Options.
    ("--outp", "--output"),
    ("--no-hi", "--no-history"),
    ("--json --js", ""),
    ("-q --qu", ""),
    ("--output=json --out", ""),
    ("-f sms --fi", "--filter"),
    ("--json login --jw", "--jwt-file"),
    ("login --coun", ""),
    ("demo --see", "--seed"),
    ("simulator run --backg", "--background"),
    ("--vers", "--version"),
    ("sms --vers", ""),
    # Values.
    ("--output ", "pretty json frame none"),
    ("-o p", "pretty"),
    ("--output=p", "--output=pretty"),
    ("--log-format=", "--log-format=text --log-format=json"),
    ("--filter sms,vo", "sms,voicemail"),
    ("--filter=sms,vo", "--filter=sms,voicemail"),
    ("--filter=calls:direction=O", "--filter=calls:direction=Outbound"),
    ("--count ", ""),
    ("--count=", ""),
    ("--json=", ""),
    ("--exec=rc-ta", "--exec=rc-tail"),
    ("--install-completion ", "bash zsh fish"),
    ("--install-completion=f", "--install-completion=fish"),
    ("completion ", "bash zsh fish"),
    # Behind "--" nothing is an option or a command.
    ("-- vo", "voicemail"),
    ("-- log", ""),
    ("-- --js", ""),
    ("--json -- sms vo", "voicemail"),
    # Names that are stored: no others than rc-tail could have given.
    ("--profile ", "default work"),
    ("--profile=w", "--profile=work"),
    ("--resume ", "nightly"),
]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    made = Home(tmp_path_factory.mktemp("home"))
    made.store(
        ".config/rc-tail/profiles",
        [
            "default.json",
            "work.json",
            ".hidden.json",
            "$(echo).json",
            "a b.json",
            "work.json.aside-1",
        ],
    )
    made.store(".local/state/rc-tail/resume", ["nightly.json", "nightly.lock"])
    return made


@pytest.fixture(scope="module")
def zsh(home: Home) -> Iterator[Terminal]:
    needed("zsh")
    with capturing_zsh(home) as running:
        yield running


@pytest.fixture(params=["bash", "bash without breaks", "zsh", "fish"])
def offers(request: pytest.FixtureRequest, home: Home) -> Offers:
    if request.param == "zsh":
        running: Terminal = request.getfixturevalue("zsh")
        return lambda line: [word for word, _ in running.offered(line)]
    if request.param == "fish":
        needed("fish")
        return lambda line: [word for word, _ in offered_by_fish(home, line)]
    # Some people take the colon and the equals sign out of what ends a word.
    breaks = BREAKS if request.param == "bash" else " \t\n"
    return lambda line: offered_by_bash(home, line, breaks)


@pytest.mark.parametrize(("typed", "offered"), CASES)
def test_what_is_offered(offers: Offers, typed: str, offered: str):
    assert sorted(offers(f"rc-tail {typed}")) == sorted(offered.split())


def test_all_that_can_begin_a_command_line(offers: Offers):
    found = offers("rc-tail ")
    kinds = [f"{kind.name}:" if kind.id_name else kind.name for kind in KINDS]
    assert sorted(found) == sorted([*COMMANDS, "insights", *kinds])


def test_options_are_offered_with_all_their_spellings_until_one_is_given(offers: Offers):
    assert {"--output", "-o", "--filter", "-f", "--help", "-h"} <= set(offers("rc-tail -"))
    assert not {"--output", "-o"} & set(offers("rc-tail -o json -"))


@pytest.mark.parametrize(
    "setup",
    ["set -u", "set -f", "set -o posix", "shopt -s failglob", "shopt -s nullglob", "IFS=,"],
)
@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("sms,vo", "sms,voicemail"),
        ("calls:direction=Inbound,st", "calls:direction=Inbound,statusCode="),
        ("simulator send queue-", "queue-presence"),
        ("--output ", "pretty json frame none"),
        ("--json --js", ""),
        ("--resume ", "nightly"),
        ("whoami x", ""),
    ],
)
def test_bash_may_be_set_as_one_likes(home: Home, setup: str, typed: str, offered: str):
    found = offered_by_bash(home, f"rc-tail {typed}", setup=setup)
    assert sorted(found) == sorted(offered.split())


def test_bash_offers_commands_first(home: Home):
    found = offered_by_bash(home, "rc-tail ")
    assert found[: len(COMMANDS)] == list(COMMANDS)
    # Readline keeps that order.
    with typing_into("bash", home) as running:
        running.type("rc-tail s\t\t")
        running.wait(lambda: b"sms2-in" in running.screen)
        offered = running.screen.rpartition(b"rc-tail s")[0].decode().split()
    words = ["show", "simulator", "systemd", "sms", "sms-batches", "sms2-in", "sms2-out"]
    assert [word for word in offered if word in words] == words


# Every entry of the catalogue, through the script for bash.


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_event_is_offered(home: Home, kind: EventKind):
    word = f"{kind.name}:" if kind.id_name else kind.name
    assert word in offered_by_bash(home, f"rc-tail {kind.name[:-1]}")
    assert f"--filter=fax,{word}" in offered_by_bash(home, f"rc-tail --filter=fax,{kind.name}")


@pytest.mark.parametrize("name", [n for n in NAMES if n not in {k.name for k in KINDS}])
def test_every_second_spelling_and_family_is_offered(home: Home, name: str):
    found = offered_by_bash(home, f"rc-tail {name}")
    # A first spelling that goes on from it will do as well.
    assert any(word.removesuffix(":").startswith(name) for word in found)
    assert all(select([word]).filters for word in found if not word.endswith(":"))


PARAMETERS = [(kind, parameter) for kind in KINDS for parameter in kind.parameters]


@pytest.mark.parametrize(
    ("kind", "parameter"), PARAMETERS, ids=[f"{kind.name}:{p.name}" for kind, p in PARAMETERS]
)
def test_every_parameter_and_its_values_are_offered(
    home: Home, kind: EventKind, parameter: Parameter
):
    start = f"{kind.name}:{parameter.name}="
    assert start in offered_by_bash(home, f"rc-tail {kind.name}:")
    found = offered_by_bash(home, f"rc-tail {start}")
    assert found == [start + value for value in parameter.values]
    assert all(select([word]).filters for word in found)


# Descriptions, where the shell shows them.


def test_zsh_tells_what_is_offered(zsh: Terminal):
    told = dict(zsh.offered("rc-tail voicem"))
    if not told:
        # A loaded machine: zsh still read its files when it was asked first.
        told = dict(zsh.offered("rc-tail voicem"))
    assert told["voicemail"].endswith("new voicemail")
    assert "Log in and store" in dict(zsh.offered("rc-tail logi"))["login"]
    assert "RC_USER_JWT" in dict(zsh.offered("rc-tail --env-f"))["--env-file"]
    assert "one direction" in dict(zsh.offered("rc-tail calls:d"))["calls:direction="]


def test_zsh_groups_commands_events_and_options_under_headings(home: Home):
    with typing_into(needed("zsh"), home) as running:
        running.type("rc-tail s\t")
        running.wait(lambda: b"sms2-out" in running.screen)
        shown = visible_lines(running.screen)
        assert shown.index("commands") < position(shown, "show ") < shown.index("events")
        assert shown.index("events") < position(shown, "sms ")
        running.type("\x15rc-tail --no-\t")
        running.wait(lambda: b"options" in running.screen)
    assert position(visible_lines(running.screen), "--no-history") > 0


def test_zsh_leaves_headings_as_the_user_has_set_them(home: Home):
    setup = (
        "fpath=($SCRIPTS $fpath); autoload -Uz compinit; compinit -u -D; "
        "zstyle ':completion:*' format '<%d>'; zstyle ':completion:*' group-name all"
    )
    with Terminal(needed("zsh"), home, setup) as running:
        running.type("rc-tail s\t")
        running.wait(lambda: b"sms2-out" in running.screen)
        assert b"<events>" in running.screen


def visible_lines(screen: bytes) -> list[str]:
    """What was written to a terminal, without its sequences."""
    text = re.sub(rb"\x1b\[[0-9;?]*[A-Za-z]", b"", screen).decode()
    return [line.strip() for line in re.split(r"[\r\n]+", text)]


def position(lines: list[str], start: str) -> int:
    return next(at for at, line in enumerate(lines) if line.startswith(start))


def test_fish_tells_what_is_offered(home: Home):
    needed("fish")
    assert offered_by_fish(home, "rc-tail voicem") == [("voicemail", "new voicemail")]
    assert "Log in and store" in dict(offered_by_fish(home, "rc-tail logi"))["login"]
    assert "RC_USER_JWT" in dict(offered_by_fish(home, "rc-tail --env-f"))["--env-file"]
    assert "one direction" in dict(offered_by_fish(home, "rc-tail calls:d"))["calls:direction="]


# Typed on a terminal: what the program is called with.


@pytest.fixture(scope="module", params=SHELLS)
def terminal(request: pytest.FixtureRequest, home: Home) -> Iterator[Terminal]:
    with typing_into(needed(request.param), home) as running:
        yield running


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("vo\t", ["voicemail"]),
        ("sms,vo\t", ["sms,voicemail"]),
        ("vo\tfax", ["voicemail", "fax"]),
        ("calls:dir\tIn\t", ["calls:direction=Inbound"]),
        ("calls:direction=Inbound,st\tGo\t", ["calls:direction=Inbound,statusCode=Gone"]),
        ("sms,calls:missed\tt\t", ["sms,calls:missedCall=true"]),
        ("queue-p\t700", ["queue-presence:700"]),
        ("--outp\tpr\t", ["--output", "pretty"]),
        ("--output=pr\tsms", ["--output=pretty", "sms"]),
        ("--filter=calls:dir\tIn\t", ["--filter=calls:direction=Inbound"]),
        ("--profile w\tsms", ["--profile", "work", "sms"]),
        ("simu\tsen\tsms", ["simulator", "send", "sms"]),
        ("--env-file my\tsms", ["--env-file", "my file.env", "sms"]),
        ("--env-file=my\tsms", ["--env-file=my file.env", "sms"]),
        ("--env-file fol\tx", ["--env-file", "folder/x"]),
        ("--exec rc-ta\tsms", ["--exec", "rc-tail", "sms"]),
        ("--exec=rc-ta\tsms", ["--exec=rc-tail", "sms"]),
        # The shell itself closes the quotes.
        ("'sms,vo\t", ["sms,voicemail"]),
        ('"calls:missedCall=t\t', ["calls:missedCall=true"]),
    ],
)
def test_what_the_key_puts_on_the_line(terminal: Terminal, typed: str, words: list[str]):
    assert terminal.run(f"rc-tail {typed}") == ["rc-tail", *words]


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_behind_a_value_a_comma_may_follow(home: Home, shell: str):
    # fish puts a blank there and has no way to leave it out.
    with typing_into(needed(shell), home) as running:
        assert running.run("rc-tail calls:dir\tIn\t,st\tGo\t") == [
            "rc-tail",
            "calls:direction=Inbound,statusCode=Gone",
        ]


def test_no_program_is_started_by_the_key(terminal: Terminal):
    before = len(terminal.home.runs())
    terminal.run("rc-tail --profile w\t--resume ni\tcalls:dir\tIn\t")
    terminal.run("python3")
    # The two that were asked for, which also shows that a start would have been seen.
    assert [run[0] for run in terminal.home.runs()[before:]] == ["rc-tail", "python3"]


def test_bash_completes_files_without_compopt_too(home: Home):
    # As version 3.2 does, which has none.
    setup = f"enable -n compopt; source {home.script('bash')}"
    with Terminal("bash", home, setup) as running:
        assert running.run("rc-tail --env-file my\t sms") == [
            "rc-tail",
            "--env-file",
            "my file.env",
            "sms",
        ]
        assert running.run("rc-tail --env-file fol\tx")[2] == "folder/x"
