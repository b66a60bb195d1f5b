"""A fake Slack with incoming webhooks."""

from connectors.sandbox.slack.workspace import Slack as VENDOR

__all__ = ["VENDOR"]
