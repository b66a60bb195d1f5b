"""Fake vendors over real HTTP: stateful, strict, steered by a control interface."""
