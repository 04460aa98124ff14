import pytest
from hypothesis import given
from hypothesis import strategies as st

from rc_tail.config.jwt_text import clean_jwt, jwt_problem
from tests.rest.platform import JWT


@pytest.mark.parametrize(
    "pasted",
    [
        JWT,
        f" {JWT}\n",
        f'"{JWT}"',
        f"'{JWT}'",
        f"\u201c{JWT}\u201d",
        f"`{JWT}`",
        f"\ufeff{JWT}\r\n",
        f"{JWT[:10]}\n{JWT[10:20]}\r\n\t{JWT[20:]}",
        f"{JWT[:10]} {JWT[10:]}",
        f"{JWT[:10]}\u200b\u00a0{JWT[10:]}",
    ],
)
def test_what_was_pasted_with_a_jwt_is_removed(pasted: str) -> None:
    assert clean_jwt(pasted) == JWT
    assert jwt_problem(clean_jwt(pasted)) == ""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "it is empty"),
        ("secret", "it has 1 part instead of 3"),
        ("eyJhbGciOiJSUzI1NiJ9.e30", "it has 2 parts instead of 3"),
        ("a.b.c.d", "it has 4 parts instead of 3"),
        ("eyJhbGciOiJSUzI1NiJ9..c2ln", "it has an empty part"),
        ("eyJhbGciOiJSUzI1NiJ9.e30.c2+n", "characters other than letters"),
        ("é.é.é", "characters other than letters"),
        ("YQ.YQ.YQ", "its first part is not a JSON header"),
        ("a.b.c", "its first part is not a JSON header"),
        ("W10.e30.c2ln", "its first part is not a JSON header"),
        ("_w.e30.c2ln", "its first part is not a JSON header"),
    ],
)
def test_what_is_not_a_jwt(text: str, words: str) -> None:
    assert words in jwt_problem(text)


@given(st.text())
def test_any_text_has_a_problem_or_none(text: str) -> None:
    cleaned = clean_jwt(text)
    assert clean_jwt(cleaned) == cleaned
    assert isinstance(jwt_problem(cleaned), str)
