"""The trail: who did what to what, when and why; append-only and sealed into a hash chain."""
