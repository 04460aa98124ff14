"""The simulator's sockets: HTTP and WebSocket on one loopback port."""
