"""Encrypted files of people: every file stored once, its row here, its bytes outside the database."""
