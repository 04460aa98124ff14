"""Delivers JSON lines in the plainest way, one after the other.

``deliver.py post FILE URL COUNT``, ``deliver.py exec FILE COMMAND COUNT``, ``deliver.py append FILE
TO COUNT``, ``deliver.py insert FILE DATABASE COUNT``, ``deliver.py publish FILE SERVER COUNT``.
"""

import asyncio
import json
import os
import sqlite3
import subprocess
import sys
from itertools import islice
from pathlib import Path

AT_ONCE = 256  # messages in flight


async def publish() -> None:
    import nats

    client = await nats.connect(to)
    stream = client.jetstream(timeout=60)
    await stream.add_stream(name="BARE", subjects=["bare.>"], duplicate_window=24 * 3600)
    for first in range(0, len(events), AT_ONCE):
        part = events[first : first + AT_ONCE]
        ids = ({"Nats-Msg-Id": json.loads(event)["uuid"]} for event in part)
        sent = (
            stream.publish("bare.events", event[:-1], headers=headers)
            for event, headers in zip(part, ids, strict=True)
        )
        await asyncio.gather(*sent)
    await client.close()


how, file, to, count = sys.argv[1:]
with Path(file).open("rb") as lines:
    events = list(islice(lines, int(count)))
if how == "post":
    import requests

    session = requests.Session()
    for event in events:
        headers = {"Content-Type": "application/json"}
        session.post(to, data=event[:-1], headers=headers, timeout=3).raise_for_status()
elif how == "append":
    with Path(to).open("ab", buffering=0) as file_to:
        for event in events:
            file_to.write(event)
        os.fsync(file_to.fileno())
elif how == "insert":
    database = sqlite3.connect(to)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("CREATE TABLE events(id INTEGER PRIMARY KEY, key TEXT UNIQUE, event JSON)")
    with database:
        rows = ((json.loads(event)["uuid"], event[:-1].decode()) for event in events)
        database.executemany("INSERT INTO events(key, event) VALUES (?, ?)", rows)
    database.close()
elif how == "publish":
    asyncio.run(publish())
else:
    for event in events:
        subprocess.run([to], input=event, stdout=2, check=True)
