"""The options of destinations, as a systemd service is given them: secrets by credentials."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from rc_tail.cli.options import parse_values
from rc_tail.cli.tail_request import sink_requests
from rc_tail.config.option import Option, OptionValues
from rc_tail.errors import UsageError
from rc_tail.sinks.table import SINKS, sink_options

# The folder in which systemd puts what LoadCredential names (systemd.exec(5)).
CREDENTIALS = "${CREDENTIALS_DIRECTORY}"


class ServiceSinks(NamedTuple):
    """What a unit file says about destinations.

    Attributes:
        words: For the command of the service; secrets are named in the folder `CREDENTIALS`.
        typed: The same as typed.
        secrets: The files that systemd passes, whole, by the names that they have there.
    """

    words: tuple[str, ...]
    typed: tuple[str, ...]
    secrets: dict[str, Path]


NO_SINKS = ServiceSinks((), (), {})


def service_sinks(values: OptionValues) -> ServiceSinks:
    """Return what a unit file says about the destinations of a command line.

    Raises:
        UsageError: One can never work, or a secret would come from standard input.
    """
    sink_requests(parse_values("systemd", values), values)
    secret_names = {name for kind in SINKS for name in kind.secret_files}
    words: list[str] = []
    typed: list[str] = []
    secrets: dict[str, Path] = {}
    for option in sink_options():
        for value in _given(option, values[option.name]):
            spelling = option.spellings[0]
            if value is None:
                words.append(spelling)
                typed.append(spelling)
                continue
            typed += [spelling, value]
            if option.name in secret_names:
                value = _credential(value, spelling, option.name.replace("_", "-"), secrets)
            elif option.name == "sink_urls":
                value = _with_credential(value, spelling, secrets)
            words += [spelling, value]
    return ServiceSinks(tuple(words), tuple(typed), secrets)


def _given(option: Option, value: Any) -> Iterator[str | None]:
    """Yield each value of an option as text; None for a switch that is given."""
    if value == option.value_if_absent:
        return
    if option.type is bool:
        yield None
    elif isinstance(value, tuple):
        yield from map(str, value)
    else:
        yield str(value)


def _credential(value: str, option: str, name: str, secrets: dict[str, Path]) -> str:
    if value == "-":
        raise UsageError(
            f"{option}: a service has no standard input", hint="Put the secret into a file."
        )
    secrets[name] = Path(value).absolute()
    return f"{CREDENTIALS}/{name}"


def _with_credential(address: str, option: str, secrets: dict[str, Path]) -> str:
    """Name the file of an address's query, if it names one, where systemd puts it."""
    parts = urlsplit(address)
    parameter = next(kind.secret_query for kind in SINKS if parts.scheme in kind.schemes)
    query = parse_qsl(parts.query, keep_blank_values=True)
    if not parameter or parameter not in dict(query):
        return address
    path = _credential(dict(query)[parameter], option, f"sink-{len(secrets) + 1}", secrets)
    pairs = [(key, path if key == parameter else value) for key, value in query]
    return urlunsplit(parts._replace(query=urlencode(pairs, safe="/${}:,.")))
