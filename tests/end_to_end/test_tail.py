"""`rc-tail` as its users meet it: real processes against a simulated RingCentral."""

import signal


def test_it_prints_what_happens_until_there_is_enough(simulator, tail):
    running = tail("sms", "--count", "2").wait_ready()
    simulator.send("sms", text="one")
    simulator.send("voicemail")
    simulator.send("sms", text="two")
    assert running.wait() == 0
    assert [event["body"]["subject"] for event in running.events()] == ["one", "two"]
    assert simulator.subscribers() == []


def test_a_cut_connection_recovers_and_what_was_missed_is_printed_once(simulator, wire, tail):
    running = tail("sms", "--log-format", "json", environ={"RC_SERVER_URL": wire.url}).wait_ready()
    simulator.send("sms", text="before")
    running.lines(1)
    wire.down()
    simulator.send("sms", text="meanwhile")
    wire.up()
    running.wait_ready(2)
    simulator.send("sms", text="after")
    subjects = [event["body"]["subject"] for event in running.events(3)]
    assert subjects == ["before", "meanwhile", "after"]
    assert running.stop(signal.SIGINT) == -signal.SIGINT
    (gap,) = running.records("gap")
    assert (gap["recovered"], gap["replayed"]) == (True, 1)
    assert len(running.lines()) == 3
