"""Rules of a file: modes, versions and parameters, and what a published rule does not allow any more."""

from __future__ import annotations

import pytest

from connectors.models import Store
from orchestrator.clientfile import export
from rules import publish
from rules.models import Rule, RuleVersion
from tests.orchestrator.clientfile.files import FULL, NOW, RULE, STORE, applied, problems

pytestmark = pytest.mark.django_db


def test_a_rule_without_a_mode_is_a_draft():
    applied(STORE + RULE.replace("mode: live, ", ""))

    rule = Rule.objects.get()
    assert (rule.mode, rule.version) == ("draft", None)


def test_a_stored_rule_keeps_its_mode_when_the_file_names_none():
    applied(FULL)

    applied(STORE + RULE.replace("mode: live, ", "").replace("5", "9"))

    rule = Rule.objects.get()
    assert (rule.mode, rule.version and rule.version.number) == ("live", 2)


def test_changed_parameters_publish_a_version_and_show_what_differs():
    applied(FULL)

    diff = applied(FULL.replace("grace_minutes: 5", "grace_minutes: 30"))

    assert "~ params.grace_minutes: 5 → 30\n  ~ version: a new version is published" in diff.told()
    assert RuleVersion.objects.count() == 2


def test_a_default_that_is_written_out_is_no_change():
    applied(FULL)

    diff = applied(FULL.replace("grace_minutes: 5", "grace_minutes: 5, max_age_days: 30"))

    assert not diff.is_change


def test_a_mode_changes_without_a_new_version():
    applied(FULL)

    diff = applied(FULL.replace("mode: live", "mode: paused"))

    assert "~ mode: live → paused" in diff.told()
    assert (Rule.objects.get().mode, RuleVersion.objects.count()) == ("paused", 1)


def test_a_working_copy_that_was_not_published_is_published_by_the_file():
    applied(FULL)
    Rule.objects.update(params={"grace_minutes": 9})

    diff = applied(FULL.replace("grace_minutes: 5", "grace_minutes: 9"))

    assert "version: a new version is published" in diff.told()
    rule = Rule.objects.get()
    assert rule.version is not None
    assert rule.version.params["grace_minutes"] == 9


def test_a_published_rule_keeps_its_recipe():
    applied(FULL)

    found = problems(STORE + "rules:\n  - {recipe: custom, name: Hold}\n")

    assert found[0].startswith("3: recipe: This rule was published as ticket_hold and keeps its recipe;")


def test_a_draft_may_get_another_recipe():
    applied(STORE + RULE.replace("live", "draft"))

    applied(STORE + "rules:\n  - {recipe: custom, name: Hold, params: {when: ticket.opened, then: []}}\n")

    assert Rule.objects.get().recipe == "custom"


def test_a_rule_whose_stored_parameters_no_longer_fit_is_told():
    applied(FULL)
    Rule.objects.update(params={"gone": 1})

    found = problems(STORE + "rules:\n  - {recipe: ticket_hold, name: Hold, mode: live}\n")

    assert found[0].startswith("3: The stored parameters do not fit any more: gone: There is no parameter")


def test_what_publishing_did_is_what_the_admin_would_have_done():
    applied(FULL)

    assert not publish.set_mode(Rule.objects.get(), "live", now=NOW).is_change


PACED = (
    STORE
    + """\
rules:
  - {recipe: custom, name: Ours, mode: shadow, params: {when: ticket.opened}}
"""
)
HOURS = 'quiet_from: "21:00", quiet_to: "08:00", most_per_day: 1'


def test_a_rule_by_staff_may_have_quiet_hours_and_is_written_as_it_is_read():
    applied(PACED)

    diff = applied(PACED.replace("ticket.opened", f"ticket.opened, {HOURS}"))

    assert "~ version: a new version is published" in diff.told()
    assert Rule.objects.get().params["most_per_day"] == 1
    written = export.text(Store.objects.get())
    assert written.index("when:") < written.index("quiet_from:") < written.index("most_per_day:")
    assert not applied(written).is_change


def test_empty_quiet_hours_are_no_change_to_a_rule_from_before_them():
    applied(PACED)

    diff = applied(PACED.replace("ticket.opened", 'ticket.opened, quiet_from: "", quiet_to: ""'))

    assert not diff.is_change
    assert not {"quiet_from", "quiet_to", "most_per_day"} & set(Rule.objects.get().params)


def test_a_paced_rule_is_told_what_is_wrong_with_its_hours():
    found = problems(PACED.replace("ticket.opened", 'ticket.opened, quiet_from: "21:00"'))

    assert ["Quiet hours need a beginning and an end, or neither." in each for each in found] == [True]
