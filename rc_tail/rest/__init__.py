"""The REST side of RingCentral: login, tokens, identity, history."""
