"""What a change means and what follows from it."""
