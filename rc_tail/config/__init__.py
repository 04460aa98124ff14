"""Settings: options, environment variables, profiles and their secrets.

``loading.py`` reads them all, ``settings.py`` says which wins, ``credentials.py`` stores profiles,
``keyring.py`` their secrets, ``env_file.py`` reads ``--env-file``, ``tail_options.py`` is what the
command line asks of a tail. It knows files and the environment, but no server.
"""
