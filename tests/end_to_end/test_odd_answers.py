"""A server that says secrets back, in all the ways and places that it can, leaks none of them."""

import base64
import html
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote, quote_plus, urlsplit

import pytest

from tests.cli.conftest import Shell

CLIENT_ID = "app-of-the-test"
CLIENT_SECRET = 'hush/+&=%"<hush-hush'
JWT = "eyJhbGciOiJSUzI1NiJ9.cGF5bG9hZC1vZi1hZGEtZXhhbXBsZQ.c2lnbmF0dXJlLW9mLWFkYS1leGFtcGxl"
ACCESS, WSTOKEN = "QUNDRVNT/+=access-of-the-server", "V1NUT0tFTg/+=websocket-of-it"
BASIC = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
# What the client has sent or received before each step.
KNOWN = {
    "token": [CLIENT_SECRET, JWT, BASIC, JWT.rpartition(".")[0], JWT.rpartition(".")[2]],
    "me": [CLIENT_SECRET, JWT, BASIC, ACCESS],
    "wstoken": [CLIENT_SECRET, JWT, BASIC, ACCESS],
    "ws": [WSTOKEN],
}

SPELLINGS: dict[str, Callable[[str], str]] = {
    "raw": lambda s: s,
    "form": quote_plus,
    "address": lambda s: quote(s, safe=""),
    "JSON": lambda s: json.dumps(s)[1:-1],
    "JSON in JSON": lambda s: json.dumps(json.dumps(s))[3:-3],
    "HTML": html.escape,
    "Python": repr,
    "cut": lambda s: s[: max(21, len(s) * 2 // 3)],
}
# A piece of each secret that has the same characters in every spelling.
PIECES = ("hush", "cGF5bG9hZC", "c2lnbmF0dX", "QUNDRVNT", "V1NUT0tFTg", BASIC[4:16])


def said_back(step: str) -> list[str]:
    return [f"[{spelled(secret)}]" for secret in KNOWN[step] for spelled in SPELLINGS.values()]


class Answering(BaseHTTPRequestHandler):
    """Answers well up to the step where it says everything back."""

    protocol_version = "HTTP/1.1"
    step = "token"
    way = "JSON"

    def log_message(self, format: str, *arguments: object) -> None:
        del format, arguments

    def do_GET(self) -> None:
        if urlsplit(self.path).path == "/ws" or self.step == "me":
            self.say_back()
        else:
            self.answer(200, {"id": 1, "extensionNumber": "101", "name": "Ada"})

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        step = "wstoken" if self.path.endswith("wstoken") else "token"
        if step == self.step:
            self.say_back()
        elif step == "token":
            self.answer(200, {"access_token": ACCESS, "expires_in": 3600, "token_type": "bearer"})
        else:
            uri = f"ws://{self.headers['Host']}/ws"
            self.answer(200, {"uri": uri, "ws_access_token": WSTOKEN, "expires_in": 30})

    def answer(self, status: int, body: object, reason: str | None = None) -> None:
        self.send(status, json.dumps(body), "application/json", reason)

    def send(self, status: int, text: str, kind: str, reason: str | None = None) -> None:
        body = text.encode()
        self.send_response(status, reason)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if 300 <= status < 400:
            self.send_header(
                "Location", f"https://elsewhere.example/?q={quote(' '.join(said_back(self.step)))}"
            )
        self.end_headers()
        self.wfile.write(body)

    def say_back(self) -> None:
        said = " ".join(said_back(self.step))
        if self.way == "JSON":
            errors = [{"errorCode": "CMN-101", "message": one} for one in said_back(self.step)]
            self.answer(
                400, {"errorCode": "CMN-101", "message": said, "error": said, "errors": errors}
            )
        elif self.way == "description":
            self.answer(401, {"error": "invalid_grant", "error_description": said})
        elif self.way == "code":
            self.answer(403, {"errorCode": said, "permissionName": said, "message": "no"})
        elif self.way == "HTML":
            self.send(403, f"<html><title>{said}</title>{said}</html>", "text/html")
        elif self.way == "text":
            self.send(400, said, "text/plain")
        elif self.way == "reason":
            self.answer(400, {}, reason=said)
        elif self.way == "redirect":
            self.send(302, said, "text/html")
        else:
            self.answer(200, {"said": said, "uri": said, "id": said, "expires_in": said})


@pytest.fixture
def server(step: str, way: str) -> Iterator[str]:
    handler = type("Chosen", (Answering,), {"step": step, "way": way})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{running.server_address[1]}"
        running.shutdown()
        thread.join()


COMMANDS = (
    ("sms", "--debug"),
    ("sms", "-o", "frame", "--log-format", "json", "-v", "--health-file", "{home}/health.json"),
    ("login", "--debug"),
    ("doctor", "sms"),
    ("doctor", "sms", "--json", "--debug", "--log-format", "json"),
)
WAYS = ("JSON", "description", "code", "HTML", "text", "reason", "redirect", "fields")


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("step", ["token", "me", "wstoken", "ws"])
def test_a_server_that_says_secrets_back_leaks_none(
    step: str, way: str, server: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    variables = {
        "RC_SERVER_URL": server,
        "RC_APP_CLIENT_ID": CLIENT_ID,
        "RC_APP_CLIENT_SECRET": CLIENT_SECRET,
        "RC_USER_JWT": JWT,
    }
    masked = False
    for number, words in enumerate(COMMANDS):
        home = tmp_path / str(number)
        home.mkdir()
        retries = ["--retry-for", "0.2s"] if words[0] == "sms" else []
        # Commands in this process: what one of them says comes in the same ways as in its own.
        ran = Shell(home, server).run(
            *(word.format(home=home) for word in words), *retries, environ=variables
        )
        printed = capfd.readouterr()
        seen = "\n".join([ran.stdout, ran.stderr, printed.out, printed.err])
        health = home / "health.json"
        if health.exists():
            seen += health.read_text()
        masked |= "***" in seen
        assert [piece for piece in PIECES if piece in seen] == [], (words, ran.status, seen)
    assert masked


def test_what_is_said_back_has_every_piece() -> None:
    # Otherwise nothing would be shown by not finding them.
    said = "".join("".join(said_back(step)) for step in KNOWN)
    assert [piece for piece in PIECES if piece not in said] == []
