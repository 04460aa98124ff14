"""The simulated service, without sockets."""
