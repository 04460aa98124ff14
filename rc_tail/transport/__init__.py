"""WebSocket connections: sockets, handshake, frames.

The only room that imports websocket-client (``websocket.py``, for the handshake); frames are read
by ``frames.py`` on the same socket. ``connection.py`` hands complete messages to ``tail`` and
``doctor``. What messages mean is decided in ``gateway``. Begin reading with ``websocket.py``.
"""
