"""A server that keeps a step waiting: ``--retry-for`` bounds it, however slowly its answer comes."""

import contextlib
import socket
import threading
import time

import pytest

pytestmark = pytest.mark.slow

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n"


@pytest.mark.parametrize("head", [HEAD, b""], ids=["the body drips", "the head drips"])
def test_a_token_answer_that_drips_ends_with_the_time(tail, head):
    over = threading.Event()
    asked_at: list[float] = []

    def drip(sock: socket.socket) -> None:
        with sock, contextlib.suppress(OSError):
            sock.recv(65536)
            asked_at.append(time.monotonic())
            sock.sendall(head)
            while not over.wait(0.1):
                sock.sendall(b"H")

    def serve(listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=drip, args=(listener.accept()[0],), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, args=(listener,), daemon=True).start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        running = tail("sms", "--retry-for", "4s", environ={"RC_SERVER_URL": url})
        running.ends_with(69)
        took = time.monotonic() - asked_at[0]
        over.set()
        listener.shutdown(socket.SHUT_RDWR)
    # One call alone may take 15 s.
    assert took < 15
    assert "timed out" in running.told
