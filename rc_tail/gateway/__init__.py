"""The WebSocket side of RingCentral."""
