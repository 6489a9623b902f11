"""People and their subscriber accounts, and the activation of these."""
