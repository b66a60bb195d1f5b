"""What happened, and the hands that make it happen."""
