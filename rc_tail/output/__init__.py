"""What happens to an event once it is received."""
