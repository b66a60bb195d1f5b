"""The demo's short story: two clients, a few tickets, one key that no longer works."""
