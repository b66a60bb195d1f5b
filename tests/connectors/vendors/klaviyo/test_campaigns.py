"""What campaigns that are not out yet say, and taking them back."""

from __future__ import annotations

import pytest

from connectors.errors import NeedsAttention, Refused
from connectors.types import Campaign
from tests.connectors.accounts import FakeAccount

NEWS = {"audiences": {"included": ["News"]}}
SALE = {"name": "Sale", "subject": "All new", "html": "<p>Boots</p>", "tags": ["product:7"], **NEWS}


@pytest.fixture
def account(klaviyo: FakeAccount) -> FakeAccount:
    klaviyo.seed(lists=[{"name": "News", "members": ["ana@shop.test"]}])
    return klaviyo


def named(account: FakeAccount, ids: list[str] | None = None) -> dict[str, Campaign]:
    return {each.name: each for each in account.open().campaigns(ids)}


def test_campaigns_of_both_channels_are_told_until_they_are_out(account):
    account.seed(
        campaigns=[
            {**SALE, "status": "Scheduled"},
            {"name": "Text", "channel": "sms", "body": "Boots!", **NEWS},
            {**NEWS, "name": "Running", "status": "Sending"},
            {**NEWS, "name": "Sent", "status": "Sent"},
            {**NEWS, "name": "Archived", "archived": True},
        ]
    )

    found = named(account)

    stages = {name: each.stage for name, each in found.items()}
    assert stages == {"Sale": "waiting", "Text": "draft", "Running": "running"}
    assert (found["Sale"].tags, found["Sale"].texts) == (("product:7",), ("All new",))
    assert found["Sale"].sends_at is not None
    assert (found["Text"].channel, found["Text"].texts) == ("sms", ("Boots!",))


def test_what_became_of_a_campaign_is_told_by_its_id(account):
    (sale,) = account.seed(campaigns=[{**SALE, "status": "Sent"}])["campaigns"]

    assert named(account, [sale])["Sale"].stage == "over"
    assert named(account, ["01J0NONE"]) == {}


def test_the_mail_itself_is_read_once_while_nothing_changes(account):
    account.seed(campaigns=[SALE])
    vendor = account.open()

    for _ in range(2):
        ((_, copy),) = vendor.campaign_copy(vendor.campaigns())

    assert copy == "<p>Boots</p>"
    assert len(account.requests("campaign-messages?", "GET")) == 1


def test_reverting_and_scheduling_leave_the_content_alike(account):
    (sale,) = account.seed(campaigns=[{**SALE, "status": "Scheduled"}])["campaigns"]
    vendor = account.open()
    before = named(account)["Sale"]

    vendor.revert_campaign(sale)
    draft = named(account)["Sale"]
    vendor.schedule_campaign(sale)
    after = named(account)["Sale"]

    assert (before.stage, draft.stage, after.stage) == ("waiting", "draft", "waiting")
    assert before.content == draft.content == after.content
    assert before.sends_at == draft.sends_at == after.sends_at


def test_a_draft_has_nothing_to_revert(account):
    (sale,) = account.seed(campaigns=[SALE])["campaigns"]

    with pytest.raises(Refused):
        account.open().revert_campaign(sale)


def test_a_tag_comes_and_goes_and_others_stay(account):
    (sale,) = account.seed(campaigns=[SALE])["campaigns"]
    vendor = account.open()

    vendor.tag_campaigns("ops:held", [sale])
    tagged = set(named(account)["Sale"].tags)
    for _ in range(2):
        vendor.untag_campaigns("ops:held", [sale])

    assert tagged == {"product:7", "ops:held"}
    assert named(account)["Sale"].tags == ("product:7",)


def test_a_missing_scope_is_named(account):
    account.control("PUT", f"klaviyo/accounts/{account.name}", {"scopes": ["campaigns:read", "tags:read"]})

    with pytest.raises(NeedsAttention, match="campaigns:write"):
        account.open().revert_campaign("01J0NONE")


def test_catalog_items_are_told_and_hidden(account):
    account.seed(catalog_items=[{"external_id": "7"}, {"external_id": "8", "published": False}])
    vendor = account.open()

    before = vendor.catalog_items(["7", "8", "9"])
    vendor.show_item("7", False)

    assert before == {"7": True, "8": False}
    assert vendor.catalog_items(["7"]) == {"7": False}
