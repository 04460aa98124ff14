"""``rc-tail doctor``: checks every step from the settings to the first event.

``run.py`` has the steps in order, ``steps/`` what each does, ``examination.py`` what they share,
``findings.py`` what they return. Only ``cli`` imports it. Begin reading with ``run.py``.
"""
