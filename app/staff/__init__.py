"""The people who work here: roles, sign-in, lock-out."""
