"""What the desk knows to say: macros, later the articles of the help pages."""
