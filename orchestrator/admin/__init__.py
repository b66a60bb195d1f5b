"""The console: every page that staff work with."""
