import json

from tests.cli.conftest import Home


def test_profiles_are_listed_and_the_used_one_marked(home: Home) -> None:
    home.log_in()
    home.log_in("--profile", "work")
    done = home.run("profiles")
    assert (done.status, done.stderr) == (0, "")
    who = "Ada Example, extension 101 (ada@example.com)"
    assert done.stdout.splitlines() == [
        f"* default  {home.url}  {who}",
        f"  work     {home.url}  {who}",
    ]
    marked = home.run("profiles", environ={"RC_PROFILE": "work"}).stdout.splitlines()
    assert [line[0] for line in marked] == [" ", "*"]


def test_one_json_object_a_line(home: Home) -> None:
    home.log_in()
    home.log_in("--profile", "work")
    done = home.run("profiles", "--json")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert rows == [
        {
            "name": name,
            "used": name == "default",
            "server": home.url,
            "who": "Ada Example, extension 101 (ada@example.com)",
        }
        for name in ("default", "work")
    ]


def test_a_damaged_one_does_not_hide_the_others(home: Home) -> None:
    home.log_in()
    home.log_in("--profile", "work")
    home.profile.write_text("junk")
    done = home.run("profiles")
    assert done.status == 0
    first, second = done.stdout.splitlines()
    assert "damaged" in first
    assert "Ada Example" in second
    rows = [json.loads(line) for line in home.run("profiles", "--json").stdout.splitlines()]
    assert "damaged" in rows[0]["error"]


def test_variables_come_before_profiles(home: Home) -> None:
    home.log_in()
    done = home.run("profiles", environ=home.variables)
    assert "environment (RC_*)" in done.stderr
    assert done.stdout.startswith("  default")


def test_there_are_none(home: Home) -> None:
    done = home.run("profiles")
    assert (done.status, done.stdout) == (0, "")
    assert "rc-tail login" in done.stderr
    assert home.run("profiles", "-q").stderr == ""
