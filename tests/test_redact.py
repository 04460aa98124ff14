"""Secrets are hidden in whatever is shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rc_tail.redact import MASK, Redactor


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


def test_what_was_told_is_hidden_wherever_it_stands():
    redactor = Redactor()
    assert redactor.mask("the client-secret stays") == "the client-secret stays"
    redactor.add("client-secret")
    redactor.add("other-secret", "client-secret")
    assert redactor.mask("xclient-secretx other-secret") == "x***x ***"


def test_empty_and_short_ones_are_ignored():
    redactor = Redactor()
    redactor.add("", None, "abc")
    assert redactor.mask("abcdef") == "abcdef"


def test_the_longest_wins():
    redactor = Redactor()
    redactor.add("secret", "secret-of-ada")
    redactor.add("of-ada")
    assert redactor.mask("secret-of-ada") == MASK


def test_secrets_are_taken_literally():
    redactor = Redactor()
    redactor.add("a.c+", "[x]{2}\\")
    assert redactor.mask("abcc a.c+ [x]{2}\\ xx") == "abcc *** *** xx"


secrets = st.lists(st.text(min_size=4, max_size=12).filter(lambda s: "*" not in s), max_size=6)


@given(secrets, st.data())
def test_no_known_secret_survives(known, data):
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
