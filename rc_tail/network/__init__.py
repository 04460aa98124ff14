"""Reaching a server, in the same way for REST and WebSocket.

Addresses (``server_address.py``), the choice of a proxy (``proxies.py``), TLS (``tls.py``),
connecting (``connect.py``) and the words for what goes wrong (``network_errors.py``). Everything
above ``events`` may import it. Begin reading with ``proxies.py``.
"""
