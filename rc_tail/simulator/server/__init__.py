"""The sockets of the simulator: HTTP and WebSocket on one loopback port.

``server.py`` is the event loop over all clients, ``wire.py`` converts between bytes and requests or
messages (with h11 and wsproto), ``socket.py`` holds one client's socket. They call
``simulation.py``; only ``instance.py`` imports them.
"""
