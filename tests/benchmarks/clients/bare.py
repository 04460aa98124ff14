"""The four calls of a start, with requests and websocket-client: ``bare.py SERVER``."""

import json
import sys

import requests
import websocket

server = sys.argv[1]
session = requests.Session()
session.trust_env = False
grant = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": "bench"}
answer = session.post(f"{server}/restapi/oauth/token", data=grant, auth=("1", "secret")).json()
bearer = {"Authorization": f"Bearer {answer['access_token']}"}
answer = session.post(f"{server}/restapi/oauth/wstoken", headers=bearer).json()
url = f"{answer['uri']}?access_token={answer['ws_access_token']}"
ws = websocket.create_connection(url, skip_utf8_validation=True)
ws.recv()
meta = {"type": "ClientRequest", "messageId": "1", "method": "POST"}
body = {"eventFilters": ["/restapi/v1.0/account/~/extension/~/presence"]}
ws.send(json.dumps([meta | {"path": "/restapi/v1.0/subscription/"}, body]))
ws.recv()
print("ready", file=sys.stderr, flush=True)
