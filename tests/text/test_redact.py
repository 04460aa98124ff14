"""Secrets are hidden in whatever is shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rc_tail.text.redact import MASK, Redactor


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("wss://h/ws?access_token=abc&wsc=def", "wss://h/ws?access_token=***&wsc=***"),
        ("grant_type=x&assertion=eyJ.a.b&y=1", "grant_type=x&assertion=***&y=1"),
        ("refresh_token=abc token=def", "refresh_token=*** token=***"),
        ("client_secret='abc'", "client_secret='abc'"),
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
