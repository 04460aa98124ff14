"""What a tail leaves behind: how to continue after a restart, and which subscriptions it made."""
