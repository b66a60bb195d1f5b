"""How changes come in: pushed, polled, read, and put into the inbox once."""
