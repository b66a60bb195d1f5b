"""Global suppression at Klaviyo: jobs, what they did, and how it is seen."""

from __future__ import annotations

from datetime import UTC, datetime
from threading import Event

from connectors.types import Job
from tests.connectors.accounts import FakeAccount
from tests.connectors.vendors.klaviyo.test_people import people


def lifted_or_set(account: FakeAccount, receipt: str) -> Job:
    """Wait until a suppression job is through."""
    vendor = account.open()
    pause = Event()
    for _ in range(200):
        job: Job = vendor.suppression_job(receipt)
        if job.is_done:
            return job
        pause.wait(0.02)
    raise AssertionError(f"{receipt} never ended")


def test_suppressing_is_a_job_and_its_effect_can_be_seen(klaviyo):
    people(klaviyo, "ana@shop.test", "ben@shop.test")
    klaviyo.do("profile_suppress", email="ben@shop.test", reason="UNSUBSCRIBE")
    vendor = klaviyo.open()

    lifted_or_set(klaviyo, vendor.suppress(["ana@shop.test"]).receipt)
    states = vendor.email_states(["ana@shop.test", "ben@shop.test", "nobody@shop.test"])

    assert {email: [each.reason for each in state.suppressions] for email, state in states.items()} == {
        "ana@shop.test": ["USER_SUPPRESSED"],
        "ben@shop.test": ["UNSUBSCRIBE"],
    }
    assert all(each.at for state in states.values() for each in state.suppressions)
    assert not states["ana@shop.test"].can_receive

    lifted_or_set(klaviyo, vendor.unsuppress(["ana@shop.test", "ben@shop.test"]).receipt)
    states = vendor.email_states(["ana@shop.test", "ben@shop.test"])
    assert (states["ana@shop.test"].can_receive, states["ben@shop.test"].can_receive) == (True, False)


def test_suppression_jobs_begun_since_are_told_newest_first(klaviyo):
    people(klaviyo, "ana@shop.test", "ben@shop.test")
    vendor = klaviyo.open()
    klaviyo.control("POST", "clock", {"now": "2031-05-14T10:00:00"})
    vendor.suppress(["ana@shop.test"])
    klaviyo.control("POST", "clock", {"now": "2031-05-14T10:00:10"})
    second = vendor.suppress(["ana@shop.test", "ben@shop.test"])
    third = vendor.suppress(["ben@shop.test"])
    vendor.unsuppress(["ben@shop.test"])

    found = vendor.suppression_jobs(lifting=False, since=datetime(2031, 5, 14, 10, 0, 5, tzinfo=UTC))

    assert [(job.receipt, job.total) for job in found] == [(third.receipt, 1), (second.receipt, 2)]


def test_a_suppression_job_counts_whom_it_passed_over(klaviyo):
    people(klaviyo, "ana@shop.test", "ben@shop.test")
    klaviyo.do("profile_suppress", email="ana@shop.test")

    job = lifted_or_set(klaviyo, klaviyo.open().suppress(["ana@shop.test", "ben@shop.test"]).receipt)

    assert (job.total, job.skipped) == (2, 1)
    assert job.began_at is not None
    assert job.ended_at is not None
    assert job.began_at <= job.ended_at
