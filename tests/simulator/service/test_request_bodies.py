import pytest

from rc_tail.simulator.service.http_values import ApiCall, parse_json
from rc_tail.simulator.service.request_bodies import (
    File,
    RefusedRequestError,
    form_or_json,
    json_object,
    parties_of,
    party_of,
    text_of,
)


def call(content_type: str, raw: bytes) -> ApiCall:
    return ApiCall(
        "POST", "/x", body=parse_json(raw), headers={"content-type": content_type}, raw=raw
    )


def refusal(function, *values) -> tuple[int, str, str]:
    with pytest.raises(RefusedRequestError) as caught:
        function(*values)
    (error,) = caught.value.answer.body["errors"]
    return caught.value.answer.status, error["errorCode"], error.get("parameterName", "")


@pytest.mark.parametrize(
    ("content_type", "raw"),
    [
        ("application/json", b'{"a":1}'),
        ("Application/JSON; charset=UTF-8", b'{"a":1}'),
        ("", b'{"a":1}'),
    ],
)
def test_an_object_of_json(content_type, raw):
    assert json_object(call(content_type, raw)) == {"a": 1}


@pytest.mark.parametrize("raw", [b"", b"[]", b"{", b'"text"', b"\xff", b"[" * 100_000])
def test_any_other_json_is_refused(raw):
    assert refusal(json_object, call("application/json", raw)) == (400, "CMN-101", "body")


def test_another_type_is_refused():
    answer = refusal(json_object, call("application/x-www-form-urlencoded", b"a=1"))
    assert answer[:2] == (415, "CMN-415")


def form(*parts: str) -> ApiCall:
    raw = "".join(f"--b\r\n{part}\r\n" for part in parts) + "--b--\r\n"
    return call('multipart/form-data; boundary="b"', raw.encode())


JSON = (
    'Content-Type: application/json\r\nContent-Disposition: form-data; name="request.json"; '
    'filename="request.json"\r\n\r\n{"text":"hi"}'
)
FILE = (
    'Content-Type: image/png\r\nContent-Disposition: form-data; name="a"; '
    'filename="cat.png"\r\n\r\nPNG'
)


def test_a_form_of_the_sdks():
    assert form_or_json(form(JSON, FILE)) == (
        {"text": "hi"},
        [File("image/png", "cat.png", b"PNG")],
    )


def test_a_form_of_plain_fields():
    names = {"from": "+1", "to": "+2", "text": "hi 😀", "other": "x"}
    parts = [
        f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}'
        for name, value in names.items()
    ]
    fields, files = form_or_json(form(*parts, parts[1]))
    to = {"phoneNumber": "+2"}
    assert fields == {"from": {"phoneNumber": "+1"}, "to": [to, to], "text": "hi 😀"}
    assert files == []


@pytest.mark.parametrize(
    "wrong",
    [
        call("multipart/form-data; boundary=b", b"nothing"),
        call("multipart/form-data", b"--b"),
        form(JSON.replace('{"text":"hi"}', "{")),
    ],
)
def test_a_broken_form_is_refused(wrong):
    assert refusal(form_or_json, wrong) == (400, "CMN-101", "body")


def test_without_a_form_it_is_json():
    assert form_or_json(call("application/json", b'{"a":1}')) == ({"a": 1}, ())


@pytest.mark.parametrize("value", [3, None, "long!"])
def test_texts(value):
    assert text_of({}, "text", 4) == ""
    assert text_of({"text": "four"}, "text", 4) == "four"
    assert refusal(text_of, {"text": value}, "text", 4) == (400, "CMN-101", "text")


@pytest.mark.parametrize("value", [None, 3, "x", []])
def test_a_party(value):
    assert party_of({"from": {"a": 1}}, "from") == {"a": 1}
    assert refusal(party_of, {"from": value}, "from") == (400, "CMN-101", "from")


@pytest.mark.parametrize("value", [None, {}, [], [3], "x"])
def test_a_list_of_parties(value):
    assert parties_of({"to": [{}]}, "to") == [{}]
    assert refusal(parties_of, {"to": value}, "to") == (400, "CMN-101", "to")
