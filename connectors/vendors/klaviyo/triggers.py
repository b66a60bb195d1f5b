"""Which flows a metric starts, and which of them a left cart starts without us.

https://developers.klaviyo.com/en/reference/get_flows_triggered_by_metric
https://developers.klaviyo.com/en/reference/get_mapped_metrics
"""

from __future__ import annotations

from collections.abc import Iterator

from connectors.automations import Automation
from connectors.values import mapping, text
from connectors.vendors.klaviyo.api import Item, attributes, everything, needing, segment
from connectors.vendors.klaviyo.events import Events
from connectors.vendors.klaviyo.meanings import Metric

# What an account may use a metric for, and how integrations call the same where it is not mapped.
CART_USES = ("started_checkout", "added_to_cart")
CART_NAMES = frozenset({"started checkout", "checkout started", "added to cart"})
LIVE = "live"


class Triggers(Events):
    def flows_of(self, metric_id: str) -> list[Item]:
        """Whatever their status, without those in the archive."""
        path = f"/api/metrics/{segment(metric_id)}/flow-triggers"
        with needing("flows:read", "metrics:read"):
            return [each for each in everything(self.client, path) if not attributes(each).get("archived")]

    def cart_flows(self) -> list[Automation]:
        """Four calls where nothing is out of the ordinary, whatever the number of flows."""
        found: dict[str, Automation] = {}
        for metric in self._cart_metrics():
            for flow in self.flows_of(metric.id):
                if attributes(flow).get("status") == LIVE:
                    found[text(flow.get("id"), 60)] = _automation(flow, metric)
        return list(found.values())

    def _cart_metrics(self) -> Iterator[Metric]:
        mapped = set(self._mapped(CART_USES))
        for metric in self.metrics():
            if metric.id in mapped or metric.name.strip().lower() in CART_NAMES:
                yield metric

    def _mapped(self, uses: tuple[str, ...]) -> Iterator[str]:
        """The ids of the metrics that the account uses so. One that people composed there starts no flow."""
        with needing("metrics:read"):
            for each in everything(self.client, "/api/mapped-metrics", {"include": "metric"}):
                if each.get("id") in uses:
                    related = mapping(mapping(each.get("relationships")).get("metric"))
                    yield text(mapping(related.get("data")).get("id"), 60)


def _automation(flow: Item, metric: Metric) -> Automation:
    return Automation(
        kind="flow",
        id=text(flow.get("id"), 60),
        name=text(attributes(flow).get("name")),
        trigger=metric.name,
        origin=metric.integration,
    )
