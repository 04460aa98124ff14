"""The simulated service without sockets: REST calls and gateway messages in, answers and effects out.

It is pure: time is an argument. ``simulation.py`` and ``server/`` give it time and sockets. Begin
reading with ``service.py`` (the whole), ``oauth.py`` (logins) and ``gateway.py`` (connections).
"""
