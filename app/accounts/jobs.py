"""Jobs of accounts."""

from __future__ import annotations

from app.accounts.resend import send_asked_link

__all__ = ["send_asked_link"]
