"""A local RingCentral: for demos, for tests, and for other people's clients."""
