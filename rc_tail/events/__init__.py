"""The catalogue of event kinds: data, and pure functions over it."""
