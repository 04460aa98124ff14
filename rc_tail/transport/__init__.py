"""Sockets: connecting to the gateway, handshake, frames, streams."""
