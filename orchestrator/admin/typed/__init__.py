"""When / if / then as rows of a form: each condition and each action with the fields that fit it."""
