"""Delivers JSON lines in the plainest way, one after the other.

``deliver.py post FILE URL COUNT``, ``deliver.py exec FILE COMMAND COUNT``.
"""

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
else:
    for event in events:
        subprocess.run([to], input=event, stdout=2, check=True)
