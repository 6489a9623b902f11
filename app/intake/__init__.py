"""Every message of the support mailbox in exactly once, whatever it contains, whatever breaks."""
