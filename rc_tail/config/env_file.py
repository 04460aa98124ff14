r"""Files of environment variables, as shells and ``docker --env-file`` users write them.

One ``NAME=value`` a line, ``export`` before it if you like; values bare, in single quotes (taken as
they are) or in double quotes (``\n``, ``\t``, ``\"``, ``\\`` and ``\$`` mean what they mean in a
shell). ``#`` starts a comment at the start of a line or after a blank. Nothing is expanded, and no
value reaches into the next line.
"""

import re
from pathlib import Path

from rc_tail.errors import ConfigError
from rc_tail.text.escape import visible

LIMIT = 1024 * 1024

_NAME = re.compile(r"\s*(?:export\s+)?(?P<name>[A-Za-z_][A-Za-z0-9_]*)\s*=\s*")
_SINGLE = re.compile(r"'(?P<value>[^']*)'(?:\s+#.*)?")
_DOUBLE = re.compile(r'"(?P<value>(?:[^"\\]|\\.)*)"(?:\s+#.*)?')
_COMMENT = re.compile(r"(?:^|\s)#")
_ESCAPE = re.compile(r"\\(.)")
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t"}


def read_env_file(path: Path) -> dict[str, str]:
    """Return the variables of an env file.

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
        return parse_env(data)
    except ConfigError as error:
        raise ConfigError(
            f"the env file {visible(str(path))} is damaged: {error.message}", hint=error.hint
        ) from error


def parse_env(data: bytes) -> dict[str, str]:
    """Return the variables in the text of an env file; the last one of a name wins.

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
    for number, line in enumerate(re.split("\r\n|\n|\r", text), start=1):
        if line.strip() and not line.lstrip().startswith("#"):
            name, value = _parsed(line, number)
            variables[name] = value
    return variables


def _parsed(line: str, number: int) -> tuple[str, str]:
    match = _NAME.match(line)
    value = _value(line[match.end() :].rstrip()) if match is not None else None
    if match is None or value is None:
        # The line itself may hold a secret.
        raise ConfigError(
            f"line {number} is not NAME=value",
            hint="Use one NAME=value per line; quote values that contain spaces, quotes or #.",
        )
    return match["name"], value


def _value(text: str) -> str | None:
    """Return the value in what follows the equals sign; None where it is malformed."""
    if text.startswith("'"):
        match = _SINGLE.fullmatch(text)
        return match["value"] if match else None
    if text.startswith('"'):
        match = _DOUBLE.fullmatch(text)
        return _ESCAPE.sub(lambda m: _ESCAPES.get(m[1], m[1]), match["value"]) if match else None
    bare = _COMMENT.split(text, maxsplit=1)[0].rstrip()
    return None if "'" in bare or '"' in bare else bare
