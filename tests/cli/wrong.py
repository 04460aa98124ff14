"""What may be wrong with each option of the tail: the rows of the tests of all options."""

from collections.abc import Mapping
from dataclasses import dataclass

# A value to be refused, or a whole line of words, and what must be told about it.
Wrong = tuple[str, str]


@dataclass(frozen=True)
class Row:
    """One option.

    Attributes:
        good: A value that it takes; empty for a flag.
        values: Values that it refuses, and what is told then.
        lines: Further words beside which it is refused, and what is told then.
    """

    good: str = ""
    values: tuple[Wrong, ...] = ()
    lines: tuple[Wrong, ...] = ()


_DURATIONS: tuple[Wrong, ...] = (
    ("0s", "more than zero"),
    ("-5s", "5s"),
    ("5", "30s, 5m"),
    ("soon", "30s, 5m"),
    ("1e9h", "30s, 5m"),
)

ROWS: Mapping[str, Row] = {
    "--filter": Row(
        "fax", (("smz", "did you mean sms"), ("sms,voicemale", "did you mean voicemail"))
    ),
    "--extension": Row(
        "ext:101",
        (("ada", "ext:101"), ("ext:", "ext:101"), ("-1", "ext:101"), ("1/2", "ext:101")),
        (("directory", "extension"),),
    ),
    "--where": Row(
        "body",
        (("body =", "column"), ("a b", "column"), ("no_such_function(@)", "no_such_function")),
    ),
    "--exclude": Row("fax", (("smz", "did you mean sms"), ("missed-calls", "--where"))),
    "--since": Row(
        "1h",
        (("tomorrow", "1h"), ("25:00", "1h"), ("-1h", "1h"), ("2999-01-01", "future")),
        (("--no-history", "cannot be combined"),),
    ),
    "--no-history": Row(
        lines=(("--since 1h", "cannot be combined"), ("--history", "given 2 times"))
    ),
    "--resume": Row(
        "inbox",
        ((".inbox", "letters"), ("a/b", "letters"), ("x" * 65, "64"), ("a b", "letters")),
        (("--no-follow --since 1h", "cannot be combined"),),
    ),
    "--output": Row(
        "json",
        (("xml", "pretty"), ("JSON", "json")),
        (("--template {text}", "--template"), ("--json --output pretty", "--output")),
    ),
    "--json": Row(lines=(("--output frame", "cannot be combined"), ("--template x", "--template"))),
    "--template": Row(
        "{text}",
        (("{text", "}"), ("{}", "{"), ("{text|nope}", "nope")),
        (("--json", "cannot be combined"), ("--output frame", "cannot be combined")),
    ),
    "--mask": Row(),
    "--time": Row("utc", (("gmt", "utc"), ("UTC", "utc"))),
    "--no-wrap": Row(),
    "--count": Row(
        "1",
        (
            ("0", "1"),
            ("-1", "1"),
            ("many", "whole number"),
            ("1.5", "whole number"),
            ("1e3", "whole number"),
        ),
    ),
    "--for": Row("5s", _DURATIONS),
    "--no-follow": Row(
        lines=(
            ("", "--since"),
            ("--follow", "given 2 times"),
            ("--since 1h --resume a", "cannot be combined"),
        )
    ),
    "--retry-for": Row("5s", _DURATIONS),
    "--save-attachments": Row(
        "mail", (("", "requires a folder"),), (("--mask", "the mask hides"),)
    ),
    "--attachments": Row(
        "fax",
        (("mail", "voicemail, fax, mms"), ("", "voicemail, fax, mms")),
        (("", "--save-attachments"),),
    ),
    "--exec": Row("true", (("'", "quot"), (" ", "--exec"))),
    "--exec-jobs": Row(
        "2", (("0", "1"), ("65", "64"), ("-1", "1"), ("all", "whole number")), (("", "--exec"),)
    ),
    "--exec-timeout": Row("5s", _DURATIONS, (("", "--exec"),)),
    "--forward-to": Row(
        "localhost:3000/hook",
        (
            ("ftp://a", "http"),
            ("http://a.example/", "--sink-insecure"),
            ("https://me:pw@a.example/", "--forward-header-file"),
            ("https://", "http"),
            ("localhost:x", "invalid address"),
            ("localhost/a b", "blanks"),
        ),
    ),
    "--forward-header": Row(
        "X-A:b",
        (
            ("Authorization: Bearer x", "--forward-header-file"),
            ("X-Api-Key: x", "--forward-header-file"),
            ("X-My-Token: x", "--forward-header-file"),
            ("no colon", "Name: value"),
            (": x", "Name: value"),
            ("Content-Type: x", "itself"),
        ),
        (("", "--forward-to"),),
    ),
    "--forward-header-file": Row("headers", (), (("", "--forward-to"),)),
    "--forward-token-file": Row("token", (), (("", "--forward-to"),)),
    "--forward-jobs": Row(
        "2",
        (("0", "1"), ("65", "64"), ("-1", "1"), ("all", "whole number")),
        (("", "--forward-to"),),
    ),
    "--forward-timeout": Row("5s", _DURATIONS, (("", "--forward-to"),)),
    "--forward-retries": Row(
        "forever",
        (("-1", "forever"), ("often", "forever"), ("1.5", "forever")),
        (("", "--forward-to"),),
    ),
    "--no-handshake": Row(lines=(("", "--forward-to"),)),
    "--append": Row(
        "texts.jsonl",
        (
            ("", "requires a file name"),
            (".", "not a regular file"),
            ("/dev/null", "not a regular file"),
            ("file://server/a", "another machine"),
            ("no/such/folder/", "not a regular file"),
        ),
    ),
    "--sqlite": Row(
        "texts.db",
        (
            ("", "requires a file name"),
            (".", "not a regular file"),
            ("sqlite://server/a", "another machine"),
            (":memory:", "in memory"),
        ),
    ),
    "--sink": Row(
        "http://localhost:3000/hook",
        (
            ("kafka://a", "unknown kind"),
            ("a", "unknown kind"),
            ("http://a.example/", "--sink-insecure"),
        ),
    ),
    "--dead-letter": Row("dead.jsonl", (), (("", "destination"),)),
    "--sink-insecure": Row(lines=(("", "destination"),)),
    "--sink-give-up": Row("5s", _DURATIONS, (("", "destination"),)),
    "--ready-file": Row(
        "ready",
        (
            ("no/such/folder/file", "No such file"),
            (".", "requires a file name"),
            ("/", "not a regular file"),
        ),
    ),
    "--ready-fd": Row(
        "3", (("0", "standard"), ("2", "standard"), ("97", "not open"), ("x", "whole number"))
    ),
    "--health-file": Row(
        "health",
        (
            ("no/such/folder/file", "No such file"),
            (".", "requires a file name"),
            ("/", "not a regular file"),
        ),
    ),
    "--profile": Row("work", (("a/b", "letters"), ("..", "letters"))),
    "--server": Row(
        "https://a.example",
        (("a.example", "https://"), ("ftp://a.example", "https://"), ("https://", "https://")),
        (("--sandbox", "--sandbox"),),
    ),
    "--sandbox": Row(lines=(("--server https://a.example", "--sandbox"),)),
    "--env-file": Row("file.env"),
    "--ca-bundle": Row("ca.pem", (("no-such-file", "no-such-file"), (".", "--ca-bundle"))),
    "--quiet": Row(lines=(("--verbose", "-v"), ("--debug", "--debug"))),
    "--verbose": Row(lines=(("--quiet", "-q"),)),
    "--debug": Row(lines=(("--quiet", "-q"),)),
    "--log-format": Row("text", (("xml", "json"),)),
    "--color": Row("never", (("blue", "never"), ("yes", "never"))),
    "--help": Row(),
}
