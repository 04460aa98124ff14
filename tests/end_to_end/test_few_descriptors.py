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
# From those of standard input, output and error, and what Python itself needs to start, up to what
# is enough for all but a few commands.
FEW = (5, 6, 7, 9, 12)


@pytest.mark.slow
@pytest.mark.parametrize("few", FEW)
def test_every_command_ends_with_its_message_or_works(few, tail):
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
