"""What a supervisor decides on, bound to the digest of exactly what was reviewed."""
