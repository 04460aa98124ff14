import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rc_tail.gateway.messages import Message, Notification, decode
from rc_tail.output.json_lines import (
    Renderer,
    escaped_for_terminal,
    frame_line,
    json_line,
    one_line,
    render_batch,
)
from tests.output.events import notification

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(JSON, st.sampled_from([None, 0, 2, "\t", "\r\n "]), st.booleans())
def test_one_line_is_the_same_value_on_one_line(value: Any, indent: Any, ascii_only: bool):
    try:
        text = json.dumps(value, indent=indent, ensure_ascii=ascii_only).encode()
    except UnicodeEncodeError:
        return
    line = one_line(text)
    assert json.loads(line) == value
    assert not {b"\n", b"\r"} & {line[i : i + 1] for i in range(len(line))}


def test_a_payload_of_one_line_is_left_as_it_is():
    payload = b'{ "uuid" : "1",  "price": 1.50e0, "text": "\\u00e4 \\/" }'
    assert json_line(notification(payload=payload)) == payload + b"\n"


def test_white_space_is_removed_only_between_tokens():
    payload = b'{\r\n  "a b" : "c\\" d\\n",\n "e": [1,\t2]\n}'
    assert json_line(notification(payload=payload)) == b'{"a b":"c\\" d\\n","e":[1,2]}\n'


def received(text: str) -> Notification:
    message: Message = decode(text)
    assert isinstance(message.content, Notification)
    return message.content


@pytest.mark.parametrize(
    ("meta", "shown"),
    [
        (
            '{"type":"ServerNotification","wsc":{"token":"SECRET","sequence":7}}',
            '{"type":"ServerNotification","wsc":{"token":"***","sequence":7}}',
        ),
        (
            '{ "type":"ServerNotification","w\\u0073c" : {"token":"SECRET"} }',
            '{"type":"ServerNotification","wsc":{"token":"***"}}',
        ),
        ('{"type": "ServerNotification"}', '{"type": "ServerNotification"}'),
        (
            f'{{"type":"ServerNotification","wsc":{{"token":"SECRET","sequence":{"1" * 5000}}}}}',
            f'{{"type":"ServerNotification","wsc":{{"token":"***","sequence":"{"1" * 5000}"}}}}',
        ),
    ],
)
def test_a_frame_is_printed_with_its_recovery_token_masked(meta: str, shown: str):
    payload = '{"uuid":"1","event":"/e"}'
    line = frame_line(received(f" [ {meta},{payload}]"))
    assert line == f" [ {shown},{payload}]\n".encode()


@pytest.mark.parametrize(
    ("meta", "shown"),
    [
        ('{"wsc":"SECRET"}', '{"wsc":"***"}'),
        ('{"wsc":["SECRET",1]}', '{"wsc":["***",1]}'),
        ('{"wsc":{"token":{"value":"SECRET"}}}', '{"wsc":{"token":{"value":"***"}}}'),
        ('{"headers":{"WSG-Wsc":"SECRET","x":"y"}}', '{"headers":{"WSG-Wsc":"***","x":"y"}}'),
        ('{"headers":{"Authorization":"SECRET"}}', '{"headers":{"Authorization":"***"}}'),
        ('{"accessToken":"SECRET"}', '{"accessToken":"***"}'),
        ('{"headers":"SECRET"}', '{"headers":"SECRET"}'),
        ('["SECRET"]', '["SECRET"]'),
    ],
)
def test_secrets_of_odd_shapes_are_masked_where_the_service_may_put_them(meta: str, shown: str):
    event = Notification("1", "/e", "", b"{}", f"[{meta},{{}}]".encode())
    assert frame_line(event) == f"[{shown},{{}}]\n".encode()


def test_of_a_message_whose_meta_is_too_deep_the_payload_is_left():
    deep = b"[" * 100_000 + b"]" * 100_000
    meta = b'{"type":"ServerNotification","wsc":{"token":"SECRET"},"x":' + deep
    event = Notification("1", "/e", "", b"{}", b"[" + meta + b"},{}]")
    assert frame_line(event) == b'[{"type":"ServerNotification"},{}]\n'


def test_json_on_a_terminal_cannot_be_executed():
    payload = '{"uuid":"1","text":"a\x7f\u202eb\u2028 😀"}'.encode()
    line = escaped_for_terminal(json_line)(notification(payload=payload))
    assert line == '{"uuid":"1","text":"a\\u007f\\u202eb\\u2028 😀"}\n'.encode()
    assert json.loads(line) == json.loads(payload)


@pytest.mark.parametrize("line", [json_line, frame_line, escaped_for_terminal(json_line)])
@pytest.mark.parametrize("odd", [b"{}", b'{\n"a":1}', b'{\r"a":1}', b'{"a":1}\n'])
def test_many_lines_are_the_lines_of_each(line: Renderer, odd: bytes):
    batch = [notification(1), notification(payload=odd), notification(3)]
    data, ends = render_batch(line, batch)
    assert data == b"".join(map(line, batch))
    assert data.count(b"\n") == 3
    if ends is not None:
        assert [data[end - 1 : end] for end in ends] == [b"\n"] * 3
    assert render_batch(line, [])[0] == b""
