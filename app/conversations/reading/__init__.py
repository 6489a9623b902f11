"""Reading a mail: bytes in, a value out. No database, no web framework, and never an exception.

`read_message` is the door; `visible_text`, `detect_language` and `phone_numbers` look at the text it found.
"""

from app.conversations.reading.as_json import printed
from app.conversations.reading.language import detect_language
from app.conversations.reading.message import Address, Attachment, Bounce, CalendarReply, ReadMessage
from app.conversations.reading.phones import phone_numbers
from app.conversations.reading.quotes import visible_text
from app.conversations.reading.read import read_message

__all__ = [
    "Address",
    "Attachment",
    "Bounce",
    "CalendarReply",
    "ReadMessage",
    "detect_language",
    "phone_numbers",
    "printed",
    "read_message",
    "visible_text",
]
