"""People in the roles of the product."""

from __future__ import annotations

from django.contrib.auth.models import Group, User

from connectors.models import Store
from tests.orchestrator.admin.examples import PASSWORD


def in_role(role: str, name: str, *stores: Store) -> User:
    """Somebody of one of the four roles."""
    user = User.objects.create_user(name, f"{name}@agency.test", PASSWORD, is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    for store in stores:
        store.staff.add(user)
    return user
