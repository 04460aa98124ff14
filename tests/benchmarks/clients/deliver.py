"""Delivers JSON lines in the plainest way, one after the other.

``deliver.py post FILE URL COUNT``, ``deliver.py exec FILE COMMAND COUNT``, ``deliver.py append FILE
TO COUNT``, ``deliver.py insert FILE DATABASE COUNT``.
"""

import json
import os
import sqlite3
import subprocess
import sys
from itertools import islice
from pathlib import Path

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
else:
    for event in events:
        subprocess.run([to], input=event, stdout=2, check=True)
