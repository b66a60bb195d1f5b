"""One module a line (or a few that one run yields): ``measure(size, scale) -> list[Row]``, found by name."""
