"""Schedules: staff say how often and whether at all."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django_celery_beat.models import IntervalSchedule, PeriodicTask, PeriodicTasks

from orchestrator import schedule
from tests.orchestrator.admin import examples, pages


@pytest.fixture
def client(db: None, enter: Callable[[User], Client]) -> Client:
    schedule.sync()
    return enter(examples.administrator())


def test_every_tick_of_the_product_is_listed(client: Client) -> None:
    page = client.get(pages.changelist(PeriodicTask)).content.decode()

    assert all(tick.name in page for tick in schedule.WANTED)


def test_how_often_can_be_changed_and_stays(client: Client) -> None:
    task = PeriodicTask.objects.get(name="Poll connections")
    often = IntervalSchedule.objects.create(every=2, period="minutes")

    client.post(pages.change(task), {"enabled": "on", "interval": often.pk})
    schedule.sync()

    task.refresh_from_db()
    assert (task.interval, task.task, task.enabled) == (often, "poll", True)


def test_two_ways_of_saying_when_are_refused(client: Client) -> None:
    task = PeriodicTask.objects.get(name="Poll connections")

    answer = client.post(pages.change(task), {"enabled": "on"})

    assert answer.status_code == 200
    assert "must be set" in answer.content.decode()


def test_switching_off_reaches_a_running_beat(client: Client) -> None:
    task = PeriodicTask.objects.get(name="Look for drift")
    before = PeriodicTasks.last_change()

    client.post(pages.changelist(PeriodicTask), {"action": "switch_off", "_selected_action": [task.pk]})

    task.refresh_from_db()
    assert not task.enabled
    assert PeriodicTasks.last_change() != before


def test_tasks_are_the_products_own(client: Client) -> None:
    task = PeriodicTask.objects.get(name="Poll connections")
    change, _, delete = pages.of(task)

    assert client.post(pages.add(PeriodicTask), {"name": "Mine", "task": "poll"}).status_code == 403
    assert client.post(delete, {"post": "yes"}).status_code == 403
    assert 'name="task"' not in client.get(change).content.decode()
