from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rc_tail.config.env_file import LIMIT, parse_env, read_env_file
from rc_tail.errors import ConfigError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A=1", {"A": "1"}),
        ("A=1\nB=2\n", {"A": "1", "B": "2"}),
        ("A=1\r\nB=2\r\n", {"A": "1", "B": "2"}),
        ("\ufeffA=1", {"A": "1"}),
        ("export A=1", {"A": "1"}),
        ("  export\tA = 1  ", {"A": "1"}),
        ("A=", {"A": ""}),
        ("A=  ", {"A": ""}),
        ("A=''", {"A": ""}),
        ('A=""', {"A": ""}),
        ("# comment\n\n  # more\nA=1", {"A": "1"}),
        ("; comment = 1\n  ;A=0 'it\n;B='\nA=1", {"A": "1"}),
        ("A=1 ; 2", {"A": "1 ; 2"}),
        ("\ufeff; comment\r\nexport A='1'\r\n", {"A": "1"}),
        ("A=1 # comment", {"A": "1"}),
        ("A= # comment", {"A": ""}),
        ("A=a#b", {"A": "a#b"}),
        ("A='a # b'", {"A": "a # b"}),
        ("A='a\\nb'", {"A": "a\\nb"}),
        (r'A="a\nb\"c\\d\$e"', {"A": 'a\nb"c\\d$e'}),
        ('A="x" # comment', {"A": "x"}),
        ("A=$HOME", {"A": "$HOME"}),
        ("A=a=b==", {"A": "a=b=="}),
        ("A=1 # it's", {"A": "1"}),
        ("A='1' # it's", {"A": "1"}),
        ("A=#1", {"A": ""}),
        ("A=one two", {"A": "one two"}),
        ("A=1\nA=2", {"A": "2"}),
        ("A='one\ntwo'\nB=3", {"A": "one\ntwo", "B": "3"}),
        ('A="one\r\n two" # comment\nB=3', {"A": "one\n two", "B": "3"}),
        ('A="one\\\ntwo"', {"A": "onetwo"}),
        ("", {}),
    ],
)
def test_forms(text: str, expected: dict[str, str]) -> None:
    assert parse_env(text.encode()) == expected


@pytest.mark.parametrize(
    "text", ["A", "=1", "1A=x", "A='open", 'A="open', "A='x' y", "A=x'y", "A B=1", "A-B=1"]
)
def test_a_bad_line_is_named_by_its_number_only(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_env(f"OK=1\n{text}secret-part".encode())
    assert "line 2" in caught.value.message
    assert "secret-part" not in caught.value.message + caught.value.hint


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("secret-part", "it has no = sign"),
        ("=secret-part", "its name is not of letters, digits and _"),
        ("A-B=secret-part", "its name is not of letters, digits and _"),
        ("export A B=secret-part", "its name is not of letters, digits and _"),
        ("A='secret-part", "its closing quote is missing"),
        ('A="secret-part\\"', "its closing quote is missing"),
        ("A='x' secret-part", "text follows the closing quote"),
        ('A="x"secret-part', "text follows the closing quote"),
        ("A=secret-part'x", "there is a quote in a value that is not in quotes"),
    ],
)
def test_what_is_wrong_with_a_line_is_said_without_its_text(text: str, wrong: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_env(f"OK=1\r\n;\r\n{text}".encode())
    assert caught.value.message == f"line 3 is not NAME=value: {wrong}"
    assert "Comments begin with # or ;" in caught.value.hint
    assert "secret-part" not in caught.value.hint


@pytest.mark.parametrize(
    ("text", "jwt"),
    [
        ("JWT=eyJ.\nabc-\n  def_\nB=1", "eyJ.abc-def_"),
        ("JWT=\neyJ.abc\n\ndef\nB=1", "eyJ.abcdef"),
        ("JWT='eyJ.\nabc'\nB=1", "eyJ.\nabc"),
    ],
)
def test_a_jwt_may_be_wrapped(text: str, jwt: str) -> None:
    assert parse_env(text.encode(), ["JWT"]) == {"JWT": jwt, "B": "1"}


def test_only_a_jwt_may_be_wrapped_without_quotes() -> None:
    with pytest.raises(ConfigError, match="line 2"):
        parse_env(b"A=eyJ\nabc", ["JWT"])


def test_the_number_of_a_line_counts_those_of_values_in_quotes() -> None:
    with pytest.raises(ConfigError, match="line 4"):
        parse_env(b"A='1\n2\n'\nwrong")


@pytest.mark.parametrize(
    ("data", "words"),
    [(b"A=\xff", "not UTF-8"), (b"A=\0", "NUL"), (b"#" * (LIMIT + 1), "larger")],
)
def test_what_is_no_text_is_refused(data: bytes, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        parse_env(data)


@given(st.binary())
def test_any_bytes_are_variables_or_a_configuration_error(data: bytes) -> None:
    try:
        variables = parse_env(data)
    except ConfigError:
        return
    assert all(name.replace("_", "a").isalnum() for name in variables)


LINES = st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs"]))


@given(LINES)
def test_any_value_survives_double_quotes(value: str) -> None:
    quoted = value.replace("\\", "\\\\").replace('"', '\\"')
    assert parse_env(f'A="{quoted}"'.encode()) == {"A": value}


@given(st.lists(st.sampled_from(["A=1", "export", " ", "'", '"', "#", "=", "B", "\n", "\\"])))
def test_any_pieces_of_the_grammar_end_quickly(pieces: list[str]) -> None:
    try:
        variables = parse_env("".join(pieces).encode())
    except ConfigError as error:
        assert "line" in error.message  # noqa: PT017 - either outcome is right
    else:
        assert all(name.isalnum() and name in "".join(pieces) for name in variables)


def test_a_long_line_costs_no_more_than_its_length() -> None:
    blanks = " " * (LIMIT - 4)
    assert parse_env(f"A=a{blanks}b".encode()) == {"A": f"a{blanks}b"}


def test_a_file(tmp_path: Path) -> None:
    path = tmp_path / "rc.env"
    path.write_text("A=1\n")
    assert read_env_file(path) == {"A": "1"}


@pytest.mark.parametrize("name", ["missing.env", ".", "a\0b"])
def test_a_file_that_cannot_be_read_is_a_configuration_error(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match="cannot be read") as caught:
        read_env_file(tmp_path / name)
    assert caught.value.exit_status == 78


def test_a_damaged_file_is_named_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "rc.env"
    path.write_text("A=1\njunk\n")
    with pytest.raises(ConfigError, match=r"rc\.env is damaged: line 2"):
        read_env_file(path)
    assert path.read_text() == "A=1\njunk\n"
