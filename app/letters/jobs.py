"""The jobs of letters, named here so that a worker knows them."""

from app.letters.send import send_letter

__all__ = ["send_letter"]
