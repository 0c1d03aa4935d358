"""A run as a value: its state, what moves it, and the log of what was done to it."""
