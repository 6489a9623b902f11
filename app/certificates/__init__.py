"""The owner's key, issuance, and what the owner and the staff see of a certificate."""
