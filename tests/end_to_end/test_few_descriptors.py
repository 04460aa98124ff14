"""Without free file descriptors every command ends with its message, and nothing behind it."""

import resource

import pytest

COMMANDS = (
    ("sms", "--for", "1s"),
    ("sms", "--for", "1s", "--exec", "cat"),
    ("sms", "--for", "1s", "--resume", "inbox"),
    ("demo", "--count", "1", "--rate", "20"),
    ("doctor", "sms"),
    ("login",),
    ("logout",),
    ("whoami",),
    ("profiles",),
    ("events",),
    ("simulator", "status"),
    ("simulator", "send", "sms"),
    ("help", "77"),
    ("--version",),
)
# Those of standard input, output and error; Python itself needs one or two more to start.
FEWEST = 5


@pytest.mark.slow
@pytest.mark.parametrize("few", range(FEWEST, FEWEST + 8))
def test_every_command_ends_with_its_message_or_works(few, tail, monkeypatch):
    # What measures coverage needs a descriptor of its own at the end, and says so without one.
    for name in ("COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (few, hard))

    running = {words: tail(*words, before=limit) for words in COMMANDS}
    for words, process in running.items():
        status = process.wait()
        assert status in (0, 2, 69, 71, 75, 77, 78), (words, process.told)
        assert "Traceback" not in process.told, (words, process.told)
        assert "Exception ignored" not in process.told, (words, process.told)
        if status:
            said = process.told + "\n".join(process.lines())
            assert "rc-tail: error: " in process.told or words[0] == "doctor", (words, said)
            assert said, words
