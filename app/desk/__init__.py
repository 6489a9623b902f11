"""The screens that look across features."""
