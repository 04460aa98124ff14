"""The loop that anybody would write with websocket-client: ``loop.py URL naive|skip``."""

import json
import sys

import websocket

ws = websocket.create_connection(sys.argv[1], skip_utf8_validation=sys.argv[2] == "skip")
while text := ws.recv():
    meta, payload = json.loads(text)
    if meta["type"] == "ServerNotification":
        print(json.dumps(payload, separators=(",", ":"), ensure_ascii=False), flush=True)
