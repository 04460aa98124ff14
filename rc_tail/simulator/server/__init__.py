"""The sockets of the simulator: HTTP and WebSocket on one loopback port.

``server.py`` is the loop over all clients, ``wire.py`` turns bytes into requests and messages (with
h11 and wsproto), ``socket.py`` holds one client's socket.
"""
