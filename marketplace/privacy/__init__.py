"""What is held about people, what becomes of it, and for how long it is kept."""
