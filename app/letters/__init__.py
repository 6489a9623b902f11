"""What we send: rendered from templates in the person's language, with its delivery history."""
