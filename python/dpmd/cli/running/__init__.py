"""A run as its users see it, one concept per module: its folder, its lock, its messages, how it ends."""
