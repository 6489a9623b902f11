"""What `make run` serves: the desk, and the page of letters that exists on a machine of one's own only."""

from __future__ import annotations

from app import create_app
from config import Settings
from demo import letters_page

settings = Settings.from_env()
app = create_app(settings)
letters_page.mount(app, settings)
