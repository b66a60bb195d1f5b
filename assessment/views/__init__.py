"""The public pages of the assessment."""
