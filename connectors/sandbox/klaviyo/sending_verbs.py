"""What staff and the vendor do with campaigns, flows, metrics and events."""

from __future__ import annotations

from connectors.sandbox.clock import instant
from connectors.sandbox.klaviyo import campaign_rows, catalog, flow_rows, flow_sends, seeds, state
from connectors.sandbox.klaviyo.account import KlaviyoAccount, written
from connectors.sandbox.klaviyo.verbs import needed
from connectors.sandbox.refusal import Refusal
from connectors.sandbox.vendor import Verbs
from connectors.sandbox.wire import Json

verbs: Verbs[KlaviyoAccount] = Verbs()


@verbs.add
def campaign_create(account: KlaviyoAccount, body: Json) -> Json:
    """A draft: name, channel, audiences {included, excluded} by list id or name, subject, html, tags."""
    return state.campaign(account, seeds.campaign(account, body))


@verbs.add
def campaign_schedule(account: KlaviyoAccount, body: Json) -> Json:
    """Schedule campaign id for datetime (else in an hour); recipients are frozen as the account says."""
    row = _campaign(account, body)
    if row["status"] != "Draft":
        raise Refusal(f"The campaign is {row['status']}, not a draft.")
    at = body.get("datetime") or written(account.now().replace(microsecond=0) + seeds.AN_HOUR)
    row["send_strategy"] = {"method": "static", "datetime": instant(at).isoformat()}
    campaign_rows.launch(account, row)
    return state.campaign(account, row)


@verbs.add
def campaign_send(account: KlaviyoAccount, body: Json) -> Json:
    """Send campaign id now: who receives it is in recipients, who is silenced in skipped."""
    row = _campaign(account, body)
    if row["status"] != "Draft" and row["status"] not in campaign_rows.WAITING:
        raise Refusal(f"The campaign is {row['status']} and cannot be sent.")
    row["plan"] += 1
    campaign_rows.send(account, row, account.stamp())
    return state.campaign(account, row)


@verbs.add
def catalog_item_publish(account: KlaviyoAccount, body: Json) -> Json:
    """Show the catalog item with this external_id in product feeds, or hide it (published: false)."""
    row = account.catalog_items.get(f"{catalog.PREFIX}{needed(body, 'external_id')}")
    if row is None:
        raise Refusal("There is no such catalog item.", 404)
    row.update(published=bool(body.get("published", True)), updated=account.stamp())
    return dict(row)


@verbs.add
def flow_create(account: KlaviyoAccount, body: Json) -> Json:
    """A flow: name, status, definition; without actions it gets one e-mail."""
    return state.flow(account, seeds.flow(account, body))


@verbs.add
def flow_set_status(account: KlaviyoAccount, body: Json) -> Json:
    """Give flow (id or name) the status draft, manual or live."""
    row = _flow(account, body)
    if needed(body, "status") not in ("draft", "manual", "live"):
        raise Refusal("A flow's status is draft, manual or live.")
    flow_rows.set_status(account, row, body["status"])
    return state.flow(account, row)


@verbs.add
def flow_send(account: KlaviyoAccount, body: Json) -> Json:
    """Would flow (id or name) write to email now? Each message with the reason it is skipped for."""
    flow = _flow(account, body)
    return flow_sends.run(account, flow, seeds.person(account, needed(body, "email")))


@verbs.add
def metric_create(account: KlaviyoAccount, body: Json) -> Json:
    """A metric: name, integration (a name), mapped (for example revenue)."""
    return seeds.metric(account, body)


@verbs.add
def event_create(account: KlaviyoAccount, body: Json) -> Json:
    """An event that can be read at once: metric (a name), email, properties, time, value, unique_id."""
    return seeds.event(account, body)


def _campaign(account: KlaviyoAccount, body: Json) -> Json:
    wanted = needed(body, "id")
    if wanted not in account.campaigns:
        raise Refusal(f"There is no campaign {wanted!r}.", 404)
    return account.campaigns[wanted]


def _flow(account: KlaviyoAccount, body: Json) -> Json:
    wanted = body.get("flow") or needed(body, "id")
    rows = account.flows.values()
    found = next((row for row in rows if wanted in (row["id"], row["name"])), None)
    if found is None:
        raise Refusal(f"There is no flow {wanted!r}.", 404)
    return found
