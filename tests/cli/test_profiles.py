import json

from tests.cli.conftest import Shell


def test_profiles_are_listed_and_the_used_one_marked(shell: Shell) -> None:
    shell.log_in()
    shell.log_in("--profile", "work")
    done = shell.run("profiles")
    assert (done.status, done.stderr) == (0, "")
    who = "Ada Example, extension 101 (ada@example.com)"
    assert done.stdout.splitlines() == [
        f"* default  {shell.url}  file     {who}",
        f"  work     {shell.url}  file     {who}",
    ]
    marked = shell.run("profiles", environ={"RC_PROFILE": "work"}).stdout.splitlines()
    assert [line[0] for line in marked] == [" ", "*"]


def test_one_json_object_a_line(shell: Shell) -> None:
    shell.log_in()
    shell.log_in("--profile", "work")
    done = shell.run("profiles", "--json")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert rows == [
        {
            "name": name,
            "used": name == "default",
            "server": shell.url,
            "who": "Ada Example, extension 101 (ada@example.com)",
            "secrets": "file",
        }
        for name in ("default", "work")
    ]


def test_a_damaged_one_does_not_hide_the_others(shell: Shell) -> None:
    shell.log_in()
    shell.log_in("--profile", "work")
    shell.profile.write_text("junk")
    done = shell.run("profiles")
    assert done.status == 0
    first, second = done.stdout.splitlines()
    assert "damaged" in first
    assert "Ada Example" in second
    rows = [json.loads(line) for line in shell.run("profiles", "--json").stdout.splitlines()]
    assert "damaged" in rows[0]["error"]


def test_variables_come_before_profiles(shell: Shell) -> None:
    shell.log_in()
    done = shell.run("profiles", environ=shell.variables)
    assert "environment (RC_*)" in done.stderr
    assert done.stdout.startswith("  default")


def test_there_are_none(shell: Shell) -> None:
    done = shell.run("profiles")
    assert (done.status, done.stdout) == (0, "")
    assert "rc-tail login" in done.stderr
    assert shell.run("profiles", "-q").stderr == ""


def test_they_say_where_their_secrets_are_without_asking_there(shell: Shell, ring) -> None:
    shell.log_in()
    ring.mood = "breaks"
    done = shell.run("profiles")
    assert (done.status, done.stderr) == (0, "")
    assert "  keyring  Ada Example" in done.stdout
