import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rc_tail.events.selection.paths import (
    WELL_FORMED,
    looks_like_path,
    normalize_path,
    not_a_path_message,
)


@pytest.mark.parametrize(
    ("typed", "event_filter"),
    [
        ("/restapi/v1.0/account/~/presence", "/restapi/v1.0/account/~/presence"),
        ("/account/~/extension/~/fax", "/restapi/v1.0/account/~/extension/~/fax"),
        ("/accounting", "/accounting"),
        ("/team-messaging//v1/posts/", "/team-messaging/v1/posts"),
        ("/a?type=SMS&from=+1650", "/a?type=SMS&from=+1650"),
        ("/a?b=/c//d/", "/a?b=/c//d/"),
        ("/a,b!c", "/a,b!c"),
        (" /a?type=SMS  ", "/a?type=SMS"),
        ("/a%2Fb/c.d/.../~?e=%2B1&f=../..", "/a%2Fb/c.d/.../~?e=%2B1&f=../.."),
    ],
)
def test_a_path_is_taken_as_it_is(typed, event_filter):
    assert normalize_path(typed) == (event_filter, "")


@pytest.mark.parametrize(
    "typed",
    [
        *("/", "//", "/a b", "/a#b", "/é", "/a?", "/a?b c", "/a\n", "/a\x1b[31m", "/?a=b", "/{"),
        *("/a\t", "/a\r\n", "/a\u00a0", "/a?b#c", "/a?b=c\n"),
        *("/../..", "/a/../b", "/a/./b", "/.", "/a/..", "/a/..?b=c", "//..//", "/account/~/.."),
        *("/%2e%2E/a", "/a/.%2e", "/a/%2e/b"),
        *("/a%", "/a%4", "/a%zz", "/a%0a", "/a%1B", "/a%7f", "/a?b=%00"),
    ],
)
def test_invalid_paths(typed):
    found, problem = normalize_path(typed)
    assert (found, problem) == ("", f"{typed!r} is not a RingCentral path")


@pytest.mark.parametrize("name", ["{accountId}", "{}"])
def test_placeholders_are_to_be_filled_in(name):
    found, problem = normalize_path(f"/restapi/v1.0/account/{name}/presence")
    assert found == ""
    assert problem.endswith(f": put ~ or an id in place of {name}")


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("restapi/v1.0/x", " (did you mean /restapi/v1.0/x?)"),
        ("https://platform.ringcentral.com/restapi/v1.0/x", " (did you mean /restapi/v1.0/x?)"),
        ("a/b c", ""),
        ("https://platform.ringcentral.com", ""),
        ("wss://ws.example.com/", ""),
    ],
)
def test_a_path_without_its_slash(word, meant):
    assert looks_like_path(word)
    assert not_a_path_message(word) == f"{word!r} is not a path: it must begin with /{meant}"


def test_a_name_does_not_look_like_a_path():
    assert not looks_like_path("sms")


@given(st.text(st.sampled_from("/ab?=&~{} ,+%#é.") | st.characters(), max_size=20))
def test_either_well_formed_or_a_problem(text):
    found, problem = normalize_path(f"/{text}")
    assert bool(found) != bool(problem)
    assert not found or re.fullmatch(WELL_FORMED, found)
