"""Threads of messages with one person."""
