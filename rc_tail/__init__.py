"""rc-tail: tail RingCentral events over WebSockets.

The rooms, from the command line down. A room imports only rooms below it in this list::

    cli/         The commands and options, help pages, shell completion, exit statuses.
    simulator/   A local RingCentral; shares no protocol code with the client.
    doctor/      ``rc-tail doctor``: checks each step from the settings to the first event.
    tail/        The engine: main loop, mailbox, worker threads, open connections, narrator.
    state/       What a later run needs: resume state, spool, journal of subscriptions.
    history/     Past events over REST: what to read, deduplication, filling gaps.
    status/      Status line, ready file, health file, systemd notifications.
    sinks/       Where events go: standard output, files, databases, webhooks, commands.
    output/      What an event looks like: pretty, JSON, template, mask, ``--where``. Pure.
    rest/        REST: login, tokens, rate limits, errors of the API. Owns requests.
    config/      Settings, profiles, credentials, keyring, env files, folders.
    transport/   WebSocket connections: handshake, frames, streams. Owns websocket-client.
    gateway/     The WebSocket protocol without I/O: messages, session, recovery, take-over.
    network/     Connecting, proxies and TLS, for REST and WebSocket alike.
    events/      The catalogue of event kinds, and their selection on the command line. Pure.
    reporter.py  Messages on standard error, as text or JSON.
    system/      Files, locks, signals, clocks, randomness, the terminal.
    text/        Escaping, redaction, columns, durations, time stamps, lenient JSON. Pure.
    errors.py    Every error, with its exit status.

Pure rooms and ``gateway/`` use no socket, clock, random number, file or environment variable: what
they need of these is an argument. tests/ mirrors the rooms, and tests/test_layout.py checks their
order and purity.

The way of one event:

1. ``tail/mailbox.py`` waits on the main thread for everything that can happen: a readable socket,
   a message of a worker thread, a signal, a timer.
2. ``transport/connection.py`` reads without blocking, as one batch, every complete message that
   has arrived (``transport/frames.py`` cuts frames); it answers pings.
3. ``gateway/batch_decoder.py`` decodes the batch in one pass; the payload stays the bytes as sent.
4. ``gateway/session.py`` looks up what a message means in the state of its connection;
   ``gateway/event_intake.py`` accepts events of the own subscription once each.
5. ``history/gap_filler.py`` holds events back while a gap before them is being filled;
   ``history/dedup.py`` drops what was already printed from past events.
6. ``tail/delivery.py`` applies the filter of ``--where`` and ``--exclude`` and hands the event to
   the sinks. Filter, mask and renderer are made in ``output/pipeline.py``.
7. ``sinks/writer.py`` renders and writes, and confirms; only then is the event counted, and saved
   for ``--resume`` by ``state/``.

Every dropped event is counted with its reason: ``gateway/drops.py``. ``tail/loop.py`` is the only
loop: it takes what the mailbox brings and executes what the session decides. Nothing that can
block runs there; logins, handshakes and past events are the work of ``tail/workers.py``. To begin
reading, open ``tail/run.py``, which starts a tail, then ``tail/loop.py``.
"""

__version__ = "0.1.0"
