"""A run as its users see it, one concept each: its folder, its lock, what is said about it, how it ends."""
