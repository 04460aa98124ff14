"""The simulated service without sockets: REST calls and gateway messages in, answers and effects out.

It is pure: time is an argument, and it imports no other folder of the simulator. ``simulation.py``
and ``server/`` give it time and sockets. Begin reading with ``service.py`` (the whole), then
``oauth.py`` (logins) and ``gateway.py`` (connections).
"""
