"""Where a client stands: the maturity assessment."""
