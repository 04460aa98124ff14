"""Reaching a server: addresses, proxies, TLS, one answer for REST and WebSocket."""
