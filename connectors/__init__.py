"""How we talk to the platforms."""
