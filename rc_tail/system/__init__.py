"""The operating system: files replaced whole, locks, signals, clocks."""
