"""A mail as it was formatted, for the sandboxed frame on the conversation's screen."""

from __future__ import annotations

from flask import Response, render_template
from flask_admin import expose
from markupsafe import Markup

from app.conversations.models import Message
from app.kernel.back_office import DeskView
from app.kernel.database import fetch
from app.kernel.errors import NotFound
from app.kernel.permissions import Permission


class MessagesView(DeskView):
    """/desk/messages. Attachments have no address: what a stranger sent is never handed to a colleague's programs."""

    permission = Permission.CONVERSATIONS_READ

    @expose("/")
    def index(self) -> Response:
        """Messages are shown with their conversation only."""
        raise NotFound

    @expose("/<row:message_id>/html")
    def html(self, message_id: int) -> Response:
        """The cleaned HTML. The policy gives it an origin of its own, no script, no form and no address to load from."""
        message = fetch(Message, message_id)
        if message.html is None:
            raise NotFound
        # Cleaned when it was read (reading/html.py); the sandbox holds whatever the cleaning may have missed.
        answer = Response(render_template("conversations/html.html", html=Markup(message.html)))  # noqa: S704
        answer.headers["Content-Security-Policy"] = (
            "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"
        )
        answer.headers["X-Frame-Options"] = "SAMEORIGIN"
        return answer
