"""Secrets are hidden in whatever is shown."""

import html
import json
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rc_tail.text import redact
from rc_tail.text.escape import visible
from rc_tail.text.redact import MASK, Redactor


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("wss://h/ws?access_token=abc&wsc=def", "wss://h/ws?access_token=***&wsc=***"),
        ("grant_type=x&assertion=eyJ.a.b&y=1", "grant_type=x&assertion=***&y=1"),
        ("refresh_token=abc token=def", "refresh_token=*** token=***"),
        ("client_secret='abc'", "client_secret='***'"),
        ("{'client_secret': 'a\"bc', 'x': 1}", "{'client_secret': '***', 'x': 1}"),
        ('{"clientSecret":"a\\"bc\\\\","x":"y"}', '{"clientSecret":"***","x":"y"}'),
        (
            '"{\\"access_token\\":\\"a\\\\\\"bc\\",\\"x\\":1}"',
            '"{\\"access_token\\":\\"***\\",\\"x\\":1}"',
        ),
        ('{"refreshToken":"cut', '{"refreshToken":"***"'),
        ('{"token":["abc",{"x":"def]"}],"x":1}', '{"token":"***","x":1}'),
        ('{"token":17,"tokens":"x"}', '{"token":17,"tokens":"x"}'),
        ("X-Authorization: Token abc", "X-Authorization: Token ***"),
        ("Authorization: Bearer abc.def", "Authorization: Bearer ***"),
        ("authorization: Basic YWJj", "authorization: Basic ***"),
        ('"Authorization": "Bearer abc"', '"Authorization": "Bearer ***"'),
        ('{"access_token" : "abc"}', '{"access_token" : "***"}'),
        ('{"ws_access_token":"abc","x":1}', '{"ws_access_token":"***","x":1}'),
        (
            '[{"type":"Heartbeat","wsc":{"token":"abc","sequence":1}}]',
            '[{"type":"Heartbeat","wsc":{"token":"***","sequence":1}}]',
        ),
        ('"wsc":{"sequence":1,"token":"abc"}', '"wsc":{"sequence":1,"token":"***"}'),
        ('"wsc":"abc","x":1', '"wsc":"***","x":1'),
        ('"wsc":["abc","def"],"x":1', '"wsc":"***","x":1'),
        ('"wsc":{"token":{"value":"abc"}},"x":1', '"wsc":"***","x":1'),
        ('"wsc":{"value":"a}bc","sequence":1},"x":1', '"wsc":"***","x":1'),
        ('"wsc":{"token":"a\\"bc","sequence":1},"x":1', '"wsc":"***","x":1'),
        ('"headers":{"WSG-Wsc":"abc"},"x":1', '"headers":{"WSG-Wsc":"***"},"x":1'),
        ('"wsc" : {"token":"abc', '"wsc" : "***"'),
        ('"wsc":null,"x":"y"', '"wsc":null,"x":"y"'),
        ("a JWT eyJhbGciOi.eyJzdWIi without", "a JWT *** without"),
        ("a JWT eyJhbGciOi.eyJzdWIi.", "a JWT ***"),
        ("cut eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9", "cut ***"),
        ("a JWT eyJhbGciOi.eyJzdWIi.c2ln in words", "a JWT *** in words"),
        ("eyJ-too-short", "eyJ-too-short"),
        ("nothing to hide", "nothing to hide"),
        ("", ""),
    ],
)
def test_what_looks_like_a_secret_is_hidden(text, shown):
    assert Redactor().mask(text) == shown


def test_an_added_secret_is_masked_anywhere():
    redactor = Redactor()
    assert redactor.mask("the client-secret stays") == "the client-secret stays"
    redactor.add("client-secret")
    redactor.add("other-secret", "client-secret")
    assert redactor.mask("xclient-secretx other-secret") == "x***x ***"


SECRET = """hush/+&=%"'<>\\ä 🎉\nhush"""
SPELLINGS = {
    "form": quote_plus(SECRET),
    "address": quote(SECRET, safe=""),
    "path": quote(SECRET),
    "small letters": quote(SECRET, safe="").lower(),
    "address in an address": quote(quote(SECRET, safe=""), safe=""),
    "JSON": json.dumps(SECRET),
    "JSON as UTF-8": json.dumps(SECRET, ensure_ascii=False),
    "JSON of browsers": json.dumps(SECRET).replace("/", "\\/").replace("<", "\\u003C"),
    "JSON in JSON": json.dumps(json.dumps({"a": SECRET})),
    "Python": repr(SECRET),
    "Python, ASCII": ascii(SECRET),
    "HTML": html.escape(SECRET),
    "HTML by numbers": "".join(f"&#x{ord(c):X};" if c in "<>&/" else c for c in SECRET),
    "a terminal": visible(SECRET),
}


@pytest.mark.parametrize("text", SPELLINGS.values(), ids=SPELLINGS)
def test_a_known_secret_is_masked_in_any_spelling(text):
    redactor = Redactor()
    redactor.add(SECRET)
    shown = redactor.mask(f"before {text} behind")
    assert "hush" not in shown
    assert shown.startswith("before ")
    assert shown.endswith(" behind")
    assert MASK in shown


def test_a_known_secret_is_masked_also_where_it_is_cut():
    redactor = Redactor()
    redactor.add("a-secret-of-thirty-characters!", "short-secret")
    assert redactor.mask("a-secret-of-thirty-chara") == MASK
    assert redactor.mask("refused: a-secret-of-thirty-c..., sorry") == f"refused: {MASK}, sorry"
    # So little of it is a word.
    assert redactor.mask("a-secret-of-thirty") == "a-secret-of-thirty"
    assert redactor.mask("short-secre") == "short-secre"


def test_a_secret_that_begins_a_longer_one_leaves_nothing_of_it():
    redactor = Redactor()
    redactor.add("c2ltdWxhdG9y", "c2ltdWxhdG9yLWNsaWVudC1pZDpzM2NyZXQtdmFsdWU=")
    assert redactor.mask("x c2ltdWxhdG9yLWNsaWVudC1pZDpzM2NyZXQt") == f"x {MASK}"
    assert redactor.mask("x c2ltdWxhdG9y") == f"x {MASK}"


def test_a_secret_with_dots_is_found_however_they_are_written():
    redactor = Redactor()
    redactor.add("abcdefg.hijklmn")
    assert redactor.mask("abcdefg%2Ehijklmn") == MASK


def test_a_secret_that_another_thread_adds_at_the_same_time_is_masked(
    monkeypatch: pytest.MonkeyPatch,
):
    redactor, find_part = Redactor(), redact._plain_part
    others = ["token-of-the-other-thread"]

    def interrupted(secret: str) -> str:
        # Here the other thread may run.
        if others:
            redactor.add(others.pop())
        return find_part(secret)

    monkeypatch.setattr(redact, "_plain_part", interrupted)
    redactor.add("token-of-this-thread")
    redactor.add("token-of-the-other-thread")
    assert redactor.mask("token-of-the-other-thread") == MASK


@pytest.mark.parametrize("part", ["cGF5bG9hZC1vZi1hZGE", "c2lnbmF0dXJlLW9mLWFkYQ"])
def test_parts_of_a_known_jwt_are_masked_alone(part):
    redactor = Redactor()
    redactor.add("eyJhbGciOiJSUzI1NiJ9.cGF5bG9hZC1vZi1hZGE.c2lnbmF0dXJlLW9mLWFkYQ")
    assert redactor.mask(f"refused: {part}") == f"refused: {MASK}"


@given(st.text(alphabet="{}[]\"'\\:, wsctokenacs_", max_size=60))
def test_any_text_is_masked_in_the_end(text):
    shown = Redactor().mask(text)
    assert Redactor().mask(shown) == shown


def test_empty_and_short_ones_are_ignored():
    redactor = Redactor()
    redactor.add("", None, "abc")
    assert redactor.mask("abcdef") == "abcdef"


@pytest.mark.parametrize(
    ("secret", "text", "shown"),
    [
        ("1234", "12345 of 51234 events, 1234x", "12345 of 51234 events, 1234x"),
        ("1234", "id=1234&x, '1234', (1234) -1234- 1234", "id=***&x, '***', (***) -***- ***"),
        ("123456789012", "0123456789012 123456789012", "0123456789012 ***"),
        ("event", "events, event, prevent", "events, ***, prevent"),
        ("event12", "event123 xevent12", "event123 xevent12"),
        ("event123", "event1234 xevent123", "***4 x***"),
        ("+12!", "x+12!x", "x***x"),
        ("+123", "x+123 x+1234", "x*** x+1234"),
        ("123+", "1123+ 123+1", "1123+ ***1"),
    ],
)
def test_short_secrets_and_numbers_are_masked_as_whole_words(secret, text, shown):
    redactor = Redactor()
    redactor.add(secret)
    assert redactor.mask(text) == shown


def test_the_longest_wins():
    redactor = Redactor()
    redactor.add("secret", "secret-of-ada")
    redactor.add("of-ada")
    assert redactor.mask("secret-of-ada") == MASK


def test_secrets_are_taken_literally():
    redactor = Redactor()
    redactor.add("a.c+", "[x]{2}\\")
    assert redactor.mask("abcc a.c+ [x]{2}\\ xx") == "abcc *** *** xx"


def secrets(least: int) -> st.SearchStrategy[list[str]]:
    texts = st.text(min_size=least, max_size=12).filter(lambda s: not {"*", "\0"} & set(s))
    return st.lists(texts, max_size=6)


@given(secrets(4), st.data())
def test_no_known_secret_survives_alone(known, data):
    redactor = Redactor()
    redactor.add(*known)
    pieces = st.one_of(st.text(max_size=6), *map(st.just, known))
    text = "\0".join(data.draw(st.lists(pieces, max_size=10)))
    assert not set(known) & set(redactor.mask(text).split("\0"))


@given(secrets(8).map(lambda all_: [s for s in all_ if not s.isdecimal()]), st.data())
def test_no_known_secret_of_some_length_survives_anywhere(known, data):
    redactor = Redactor()
    redactor.add(*known)
    pieces = st.one_of(st.text(max_size=6), *map(st.just, known))
    text = "".join(data.draw(st.lists(pieces, max_size=10)))
    shown = redactor.mask(text)
    assert not [secret for secret in known if secret in shown]


@given(st.text())
def test_masking_twice_changes_nothing_more(text):
    redactor = Redactor()
    shown = redactor.mask(f"token={text} Bearer {text}")
    assert redactor.mask(shown) == shown


def test_a_megabyte_of_secret_is_masked_without_a_pattern_of_its_size():
    redactor = Redactor()
    secret = "s3cret+/" * 125_000
    redactor.add(secret)
    assert redactor.mask(f"x {secret} y {secret[:5000]} z") == "x *** y *** z"
    assert len(redactor._known().pattern) < 10_000
