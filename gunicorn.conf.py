"""Gunicorn reads this by itself. Addresses carry personal tokens, so no log of requests is kept."""

accesslog = None
