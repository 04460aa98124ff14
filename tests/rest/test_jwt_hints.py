import base64
import json
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rc_tail.rest.jwt_hints import JwtClaims, jwt_warnings, read_claims

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
        ({}, JwtClaims(None, ())),
        ({"exp": 1_700_000_000}, JwtClaims(1_700_000_000, ())),
        ({"aud": f"{SERVER}/restapi/oauth/token"}, JwtClaims(None, ("platform.ringcentral.com",))),
        ({"aud": ["https://a.example/x", 7, "plain"]}, JwtClaims(None, ("a.example",))),
        ({"aud": "https://[::1"}, JwtClaims(None, ())),
    ],
)
def test_claims(claims: dict[str, Any], expected: JwtClaims) -> None:
    assert read_claims(made(claims)) == expected


@pytest.mark.parametrize("exp", [True, "never", None, [1]])
def test_an_end_that_is_no_number_says_nothing(exp: Any) -> None:
    claims = read_claims(unsigned(json.dumps({"exp": exp}).encode()))
    assert claims is None or claims.expires_at is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        *(
            (text, "this does not look like a JWT: it")
            for text in ("", "x", "a.b", "a.b.c", "é.é.é")
        ),
        (unsigned(b"[]"), "the JWT's claims cannot be decoded"),
        (unsigned(b"x"), "the JWT's claims cannot be decoded"),
    ],
)
def test_what_is_no_jwt(text: str, words: str) -> None:
    assert read_claims(text) is None
    (warning,) = jwt_warnings(text, SERVER, NOW)
    assert warning.startswith(words)


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
    warnings = jwt_warnings(text, SERVER, NOW)
    assert warnings or read_claims(text) is not None
    for warning in warnings:
        assert warning.startswith(("the JWT", "this does not look like a JWT"))
