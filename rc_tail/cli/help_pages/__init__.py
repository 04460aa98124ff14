"""What ``rc-tail help`` tells: pages about statuses, filters and recipes."""
