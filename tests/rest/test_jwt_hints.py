import base64
import json
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rc_tail.rest.jwt_hints import (
    Claims,
    _at_a_glance,
    _by_pyjwt,
    jwt_warnings,
    read_claims,
)

SERVER = "https://platform.ringcentral.com"
NOW = 1_800_000_000.0


def made(claims: Any) -> str:
    return jwt.encode(claims, "a key that is long enough for the checks of the library")


def unsigned(payload: bytes) -> str:
    head = base64.urlsafe_b64encode(b'{"alg":"RS256"}').rstrip(b"=")
    return b".".join((head, base64.urlsafe_b64encode(payload).rstrip(b"="), b"eA")).decode()


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ({}, Claims(None, ())),
        ({"exp": 1_700_000_000}, Claims(1_700_000_000, ())),
        ({"aud": f"{SERVER}/restapi/oauth/token"}, Claims(None, ("platform.ringcentral.com",))),
        ({"aud": ["https://a.example/x", 7, "plain"]}, Claims(None, ("a.example",))),
        ({"aud": "https://[::1"}, Claims(None, ())),
    ],
)
def test_claims(claims: dict[str, Any], expected: Claims) -> None:
    assert read_claims(made(claims)) == expected


@pytest.mark.parametrize("exp", [True, "never", None, [1]])
def test_an_end_that_is_no_number_says_nothing(exp: Any) -> None:
    claims = read_claims(unsigned(json.dumps({"exp": exp}).encode()))
    assert claims is None or claims.expires_at is None


@pytest.mark.parametrize(
    "text", ["", "x", "a.b", "a.b.c", "é.é.é", unsigned(b"[]"), unsigned(b"x")]
)
def test_what_is_no_jwt(text: str) -> None:
    assert read_claims(text) is None
    (warning,) = jwt_warnings(text, SERVER, NOW)
    assert "does not look like one" in warning


@pytest.mark.parametrize(
    ("claims", "words"),
    [
        ({"exp": NOW + 60}, []),
        ({"aud": f"{SERVER}/restapi/oauth/token"}, []),
        ({"aud": "rc"}, []),
        ({"exp": 1_700_000_000}, ["expired on 2023-11-14 at 22:13 UTC"]),
        ({"exp": -(10**18)}, ["expired"]),
        (
            {"aud": "https://platform.devtest.ringcentral.com/restapi/oauth/token"},
            ["is for platform.devtest.ringcentral.com, not for platform.ringcentral.com"],
        ),
        ({"exp": 1, "aud": "https://x\u202e.example"}, ["expired", "\\u202e"]),
    ],
)
def test_warnings(claims: dict[str, Any], words: list[str]) -> None:
    warnings = jwt_warnings(unsigned(json.dumps(claims).encode()), SERVER, NOW)
    assert len(warnings) == len(words)
    for warning, part in zip(warnings, words, strict=True):
        assert part in warning


@given(st.text() | st.binary().map(unsigned))
def test_any_text_gives_words_only(text: str) -> None:
    for warning in jwt_warnings(text, SERVER, NOW):
        assert warning.startswith("the JWT")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)
CLAIMS = st.dictionaries(st.sampled_from(["exp", "aud", "sub"]), JSON | st.lists(st.text()))
HEADS = st.fixed_dictionaries(
    {"alg": st.just("RS256") | JSON},
    optional={"typ": st.just("JWT"), "kid": st.text() | JSON, "b64": st.booleans()},
)


@given(
    st.binary().map(unsigned)
    | st.builds(lambda head, claims: _signed(json.dumps(head), json.dumps(claims)), HEADS, CLAIMS)
    | st.text(alphabet="eyJ.-_=a{", max_size=30)
)
def test_what_is_read_at_a_glance_pyjwt_reads_likewise(text: str) -> None:
    seen = _at_a_glance(text)
    if seen is not None:
        assert _by_pyjwt(text) == seen


def _signed(head: str, claims: str) -> str:
    parts = (head.encode(), claims.encode(), b"\xff\xfe")
    return b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in parts).decode()


@pytest.mark.parametrize(
    ("head", "claims"),
    [
        ('{"alg":"RS256","kid":"k","typ":"JWT"}', '{"exp":4102444800,"aud":"https://a.example"}'),
        ('{"alg":"RS256"}', "{}"),
    ],
)
def test_the_usual_one_is_read_at_a_glance(head: str, claims: str) -> None:
    assert _at_a_glance(_signed(head, claims)) is not None


@pytest.mark.parametrize(
    ("head", "claims"),
    [
        ('{"alg":"RS256","crit":["x"]}', "{}"),
        ("{}", "{}"),
        ('{"alg":"RS256"}', "[]"),
        ('{"alg":"RS256"}', '{"exp":"never"}'),
        ('{"alg":"RS256"}', '{"exp":true}'),
    ],
)
def test_what_is_special_is_left_to_pyjwt(head: str, claims: str) -> None:
    assert _at_a_glance(_signed(head, claims)) is None
