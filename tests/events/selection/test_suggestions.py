import pytest

from rc_tail.events.selection.suggestions import (
    did_you_mean,
    quote_word,
    similar,
    unknown_event_message,
)


@pytest.mark.parametrize(
    ("word", "found"),
    [
        ("voicemial", ["voicemail"]),
        ("STATUSCOD", ["statusCode"]),
        ("mail", ["voicemail"]),
        ("xy", []),
        ("", []),
    ],
)
def test_what_looks_alike(word, found):
    assert similar(word, ["voicemail", "statusCode", "calls"]) == found


def test_at_most_the_requested_number_of_suggestions():
    names = [f"name{n}" for n in range(9)]
    assert len(similar("name", names)) == 3
    assert len(similar("name", names, most=5)) == 5


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ([], ""),
        ([""], ""),
        (["a"], " (did you mean a?)"),
        (["a", "b"], " (did you mean a or b?)"),
        (["a", "b", "c"], " (did you mean a, b or c?)"),
        (iter(["a"]), " (did you mean a?)"),
    ],
)
def test_did_you_mean(found, words):
    assert did_you_mean(found) == words


@pytest.mark.parametrize(
    ("word", "shown"),
    [
        ("sms", "'sms'"),
        ("a\x1b[31m\u202e\n", r"'a\x1b[31m\u202e\n'"),
        ("x" * 60, f"'{'x' * 60}'"),
        ("x" * 61, f"'{'x' * 59}…'"),
    ],
)
def test_quoted(word, shown):
    assert quote_word(word) == shown


@pytest.mark.parametrize(
    ("word", "words"),
    [
        ("smss", "no event is called 'smss' (did you mean sms?)"),
        ("Voicemial", "no event is called 'Voicemial' (did you mean voicemail?)"),
        ("chats", "no event is called 'chats' (did you mean team-chats?)"),
        ("missed", "(did you mean missed-call or account-missed-calls?)"),
        ("insihgts", "(did you mean insights"),
        ("zzz", "no event is called 'zzz'"),
    ],
)
def test_one_name_of_a_kind_is_enough(word, words):
    told = unknown_event_message(word)
    assert words in told
    assert ("did you mean" in told) == (word != "zzz")
