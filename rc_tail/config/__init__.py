"""Settings: profiles, credentials, keyring, env files, folders."""
