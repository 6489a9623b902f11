"""What `bench.intake` measures with: the mails, the bare peers, the desk itself, the processes they run in."""
