r"""Files of environment variables, as shells and ``docker --env-file`` users write them.

One ``NAME=value`` a line, ``export`` before it if you like; values bare, in single quotes (taken as
they are) or in double quotes (``\n``, ``\t``, ``\"``, ``\\`` and ``\$`` mean what they mean in a
shell). ``#`` starts a comment at the start of a line or after a blank, ``;`` at the start of a line. Nothing is expanded. A value
in quotes may contain line breaks, and so may a bare JWT, which editors and mails wrap.
"""

import re
from collections.abc import Container, Iterator
from pathlib import Path

from rc_tail.errors import ConfigError
from rc_tail.text.escape import visible

LIMIT = 1024 * 1024

_NAME = r"\s*(?:export\s+)?(?P<name>[A-Za-z_][A-Za-z0-9_]*)\s*=\s*"
_SINGLE = r"'(?P<value>[^']*)'(?:\s+#.*)?"
_DOUBLE = r'(?s)"(?P<value>(?:[^"\\]|\\.)*)"(?:\s+#.*)?'
_SINGLE_START = r"'[^']*'"
_DOUBLE_START = r'(?s)"(?:[^"\\]|\\.)*"'
# A line, with the lines that a value in quotes reaches into.
_ENTRY = r"(?s)(?:[^\n'\"#;=]*=[^\S\n]*(?:'[^']*'|\"(?:[^\"\\]|\\.)*\"))?[^\n]*"
_COMMENT = r"(?:^|\s)#"
_ESCAPE = r"(?s)\\(.)"
# As in a shell, a backslash before a line break removes both.
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "\n": ""}
_REST_OF_JWT = r"\s*[A-Za-z0-9_.-]+\s*"


def read_env_file(path: Path, wrapped: Container[str] = ()) -> dict[str, str]:
    """Return the variables of an env file.

    Args:
        wrapped: The variables whose bare value may continue on the next line: JWTs.

    Raises:
        ConfigError: Unreadable, or not an env file. Its contents are never repeated.
    """
    try:
        with path.open("rb") as file:
            data = file.read(LIMIT + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise ConfigError(
            f"the env file {visible(str(path))} cannot be read: {reason}",
            hint="Check the path given to --env-file.",
        ) from error
    try:
        return parse_env(data, wrapped)
    except ConfigError as error:
        raise ConfigError(
            f"the env file {visible(str(path))} is damaged: {error.message}", hint=error.hint
        ) from error


def parse_env(data: bytes, wrapped: Container[str] = ()) -> dict[str, str]:
    """Return the variables in the text of an env file; the last one of a name wins.

    Args:
        wrapped: The variables whose bare value may continue on the next line: JWTs.

    Raises:
        ConfigError: It is too large, not UTF-8, or a line is not of the form ``NAME=value``.
    """
    if len(data) > LIMIT:
        raise ConfigError(f"larger than {LIMIT} bytes")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(f"byte {error.start} is not UTF-8") from error
    if "\0" in text:
        raise ConfigError("contains a NUL byte")
    variables: dict[str, str] = {}
    name = ""
    for number, line in _entries(re.sub("\r\n|\r", "\n", text)):
        if name in wrapped and re.fullmatch(_REST_OF_JWT, line):
            variables[name] += line.strip()
        else:
            name, value = _parsed(line, number)
            variables[name] = value
    return variables


def _entries(text: str) -> Iterator[tuple[int, str]]:
    """Yield each line that is not a comment, and its number; a value in quotes may add lines."""
    at, number = 0, 1
    while at < len(text):
        match = re.compile(_ENTRY).match(text, at)
        assert match is not None  # noqa: S101 - it matches the empty text too
        line = match[0]
        if line.strip() and not line.lstrip().startswith(("#", ";")):
            yield number, line
        number += line.count("\n") + 1
        at = match.end() + 1


def _parsed(line: str, number: int) -> tuple[str, str]:
    match = re.match(_NAME, line)
    if match is None:
        named = "=" in line
        wrong = "its name is not of letters, digits and _" if named else "it has no = sign"
        raise _malformed(number, wrong)
    text = line[match.end() :].rstrip()
    value = _value(text)
    if value is None:
        raise _malformed(number, _trouble(text))
    return match["name"], value


def _malformed(number: int, wrong: str) -> ConfigError:
    # The line itself may hold a secret.
    return ConfigError(
        f"line {number} is not NAME=value: {wrong}",
        hint="Use one NAME=value per line; quote values that contain quotes or a # after a space. "
        "Comments begin with # or ;",
    )


def _trouble(text: str) -> str:
    """Return what is wrong with a value."""
    if not text.startswith(("'", '"')):
        return "there is a quote in a value that is not in quotes"
    closed = re.match(_SINGLE_START if text.startswith("'") else _DOUBLE_START, text)
    return "text follows the closing quote" if closed else "its closing quote is missing"


def _value(text: str) -> str | None:
    """Return the value in what follows the equals sign; None where it is malformed."""
    if text.startswith("'"):
        match = re.fullmatch(_SINGLE, text)
        return match["value"] if match else None
    if text.startswith('"'):
        match = re.fullmatch(_DOUBLE, text)
        return (
            re.sub(_ESCAPE, lambda m: _ESCAPES.get(m[1], m[1]), match["value"]) if match else None
        )
    bare = re.split(_COMMENT, text, maxsplit=1)[0].rstrip()
    return None if "'" in bare or '"' in bare else bare
