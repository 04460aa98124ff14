import json
from pathlib import Path

import pytest

from rc_tail.cli.app import dispatch
from rc_tail.errors import UsageError

SMS = "/restapi/v1.0/account/1/extension/2/message-store/instant?type=SMS"
FAX = "/restapi/v1.0/account/1/extension/2/fax?direction=Inbound"


@pytest.fixture
def recorded(tmp_path: Path) -> str:
    path = tmp_path / "events.jsonl"
    lines = [
        json.dumps({"uuid": uuid, "event": event, "body": {"subject": f"text {uuid}"}})
        for uuid, event in (("1", SMS), ("2", FAX), ("3", SMS))
    ]
    path.write_text("\n".join(lines))
    return str(path)


@pytest.mark.parametrize(
    ("options", "shown"),
    [
        ([], ["1", "2", "3"]),
        (["--exclude", "fax"], ["1", "3"]),
        (["--where", "uuid == '2'"], ["2"]),
        (["--count", "2"], ["1", "2"]),
        (["-n", "1", "--speed", "1000x"], ["1"]),
    ],
)
def test_recorded_events_are_narrowed_like_live_ones(recorded, options, shown, capfd):
    dispatch(["show", recorded, *options])
    assert [json.loads(line)["uuid"] for line in capfd.readouterr().out.splitlines()] == shown


def test_they_are_laid_out_like_live_ones(recorded, capfd):
    dispatch(["show", recorded, "--template", "{kind}: {body.subject}"])
    assert capfd.readouterr().out == "sms: text 1\nfax: text 2\nsms: text 3\n"
    dispatch(["show", recorded, "-o", "pretty", "--time", "none", "--mask"])
    assert "text" not in capfd.readouterr().out


def test_several_files_are_shown_one_after_the_other(recorded, capfd):
    dispatch(["show", recorded, recorded])
    assert capfd.readouterr().out.count("\n") == 6


@pytest.mark.parametrize(
    "options",
    [
        ["--speed", "soon"],
        ["--where", "a ="],
        ["--template", "{"],
        ["--template", "{text}", "--json"],
        ["--exclude", "smz"],
    ],
)
def test_what_is_wrong_is_refused(recorded, options):
    with pytest.raises(UsageError):
        dispatch(["show", recorded, *options])


def test_without_a_file_it_says_where_events_may_come_from():
    with pytest.raises(UsageError) as refused:
        dispatch(["show"])
    assert "rc-tail show -" in refused.value.hint
