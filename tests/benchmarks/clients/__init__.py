"""Programs of a few lines that are measured beside rc-tail."""
