"""Bodies of requests to resources: JSON, or a form with files, and what is refused in them."""

from collections.abc import Mapping, Sequence
from email.message import Message
from email.parser import BytesParser
from typing import Any, NamedTuple

from rc_tail.simulator.service.http_values import Answer, ApiCall, error_answer, parse_json

_FORM = "multipart/"


class RefusedRequestError(Exception):
    """A request is refused.

    Attributes:
        answer: The error for the client.
    """

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer)
        self.answer = answer


class File(NamedTuple):
    """A file of a form.

    Attributes:
        content_type: Such as ``image/png``.
        name: The file name; empty where the client gave none.
    """

    content_type: str
    name: str
    content: bytes


def invalid(parameter: str, status: int = 400, code: str = "CMN-101") -> RefusedRequestError:
    """Return the refusal of a parameter's value."""
    message = f"Parameter [{parameter}] value is invalid"
    return RefusedRequestError(error_answer(status, code, message, parameterName=parameter))


def missing_resource(parameter: str) -> RefusedRequestError:
    """Return the refusal of an id that does not exist."""
    message = f"Resource for parameter [{parameter}] is not found"
    return RefusedRequestError(error_answer(404, "CMN-102", message, parameterName=parameter))


def json_object(call: ApiCall) -> Mapping[str, Any]:
    """Return the body, which must be a JSON object.

    Raises:
        RefusedRequestError: It is of another type (415) or not such an object (400).
    """
    if call.content_type and call.media_type != "application/json":
        raise _unsupported(call)
    if not isinstance(call.body, dict):
        raise invalid("body")
    return call.body


def form_or_json(call: ApiCall) -> tuple[Mapping[str, Any], Sequence[File]]:
    """Return the fields and the files of a message that may have attachments.

    The fields are the form's first part of JSON, as RingCentral's SDKs send it, or else its
    parts without a file name.

    Raises:
        RefusedRequestError: As for `json_object`.
    """
    if not call.media_type.startswith(_FORM):
        return json_object(call), ()
    fields: dict[str, Any] = {}
    files: list[File] = []
    for part in _parts(call):
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)  # noqa: S101 - a part that has no parts itself
        if part.get_content_type() == "application/json" and not fields:
            parsed = parse_json(content)
            if not isinstance(parsed, dict):
                raise invalid("body")
            fields = parsed
        elif part.get_filename() is None:
            _add_field(fields, part, content.decode("utf-8", "replace"))
        else:
            files.append(File(part.get_content_type(), part.get_filename() or "", content))
    return fields, files


def _parts(call: ApiCall) -> list[Message]:
    head = f"Content-Type: {call.content_type}\r\n\r\n".encode("latin-1", "replace")
    message = BytesParser().parsebytes(head + call.raw)
    payload = message.get_payload()
    if not isinstance(payload, list):
        raise invalid("body")
    return [part for part in payload if isinstance(part, Message) and not part.is_multipart()]


def _add_field(fields: dict[str, Any], part: Message, value: str) -> None:
    name = part.get_param("name", "", "content-disposition")
    if name == "to":
        fields.setdefault("to", []).append({"phoneNumber": value})
    elif name == "from":
        fields["from"] = {"phoneNumber": value}
    elif name == "text":
        fields["text"] = value


def _unsupported(call: ApiCall) -> RefusedRequestError:
    # Chosen: the code of the real service is not documented.
    message = f"Unsupported media type [{call.media_type}]"
    return RefusedRequestError(error_answer(415, "CMN-415", message))


def text_of(fields: Mapping[str, Any], name: str, longest: int) -> str:
    """Return a text of the request; empty where it is absent.

    Raises:
        RefusedRequestError: It is not a text, or longer than `longest` characters.
    """
    value = fields.get(name, "")
    if not isinstance(value, str) or len(value) > longest:
        raise invalid(name)
    return value


def party_of(fields: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return a party, which must be an object.

    Raises:
        RefusedRequestError: It is absent, or something else.
    """
    value = fields.get(name)
    if not isinstance(value, dict):
        raise invalid(name)
    return value


def parties_of(fields: Mapping[str, Any], name: str) -> Sequence[Mapping[str, Any]]:
    """Return the parties of a list with at least one.

    Raises:
        RefusedRequestError: The list is absent or empty, or contains something else.
    """
    value = fields.get(name)
    if not isinstance(value, list) or not value or not all(isinstance(v, dict) for v in value):
        raise invalid(name)
    return value
