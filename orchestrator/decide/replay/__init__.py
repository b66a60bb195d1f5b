"""Plays what was recorded once more, on a virtual clock: the same deciding code, on tables of its own."""
