"""RingCentral's REST side: logins, tokens, rate limits, and errors of the API.

The only room that calls requests (``http.py``). ``client.py`` has the calls, ``tokens.py`` decides
when a token is taken from the cache, refreshed or requested, ``rate_limit.py`` and
``auth_budget.py`` keep the limits, ``api_errors.py`` turns refusals into errors with hints.
``history``, ``tail``, ``doctor`` and ``cli`` import it. Begin reading with ``platform.py``.
"""
