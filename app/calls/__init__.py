"""Video calls: booking, invitation, outcome."""
