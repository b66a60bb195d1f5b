"""Users and teams: who answers tickets.

https://developers.gorgias.com/reference/the-user-object
"""

from __future__ import annotations

from connectors.sandbox.gorgias import fields, shapes
from connectors.sandbox.gorgias.account import GorgiasAccount
from connectors.sandbox.gorgias.errors import Refused
from connectors.sandbox.gorgias.paging import PAGING, page
from connectors.sandbox.gorgias.routes import Call, Routes
from connectors.sandbox.wire import Json, Reply, json_reply

routes = Routes()
TEAM_CHECKS: dict[str, fields.Check] = {
    "name": fields.text(255, least=1),
    "description": fields.text(),
    "decoration": fields.mapping,
    "members": fields.listing,
}


def add_team(account: GorgiasAccount, given: Json) -> Json:
    row = {
        "id": given.get("id") or account.teams.new_id(),
        "name": given["name"],
        "description": given.get("description"),
        "decoration": given.get("decoration"),
        "members": given.get("members") or [],
        "created_datetime": account.stamp(),
    }
    return account.teams.place(row)


@routes.on(
    "GET", "/api/users", params=(*PAGING, "email", "external_id", "search", "available_first", "roles")
)
def list_users(call: Call) -> Reply:
    call.account.me()
    params = call.params
    email, external, needle = params.get("email"), params.get("external_id"), params.get("search", "").lower()
    roles = params.getlist("roles")
    return page(
        call,
        call.account.users,
        shapes.user,
        keep=lambda row: (
            (email is None or row["email"].lower() == email.lower())
            and (external is None or row["external_id"] == external)
            and (needle in f"{row['name']} {row['email']}".lower())
            and (not roles or row["role"]["name"] in roles)
        ),
    )


@routes.on("GET", "/api/users/<int:number>")
def get_user(call: Call, number: int) -> Reply:
    """User 0 is whose key is used."""
    me = call.account.me()
    return json_reply(200, shapes.user(me if number == 0 else call.account.users.get(number)))


@routes.on("GET", "/api/teams", params=PAGING)
def list_teams(call: Call) -> Reply:
    return page(call, call.account.teams, shapes.team)


@routes.on("GET", "/api/teams/<int:number>")
def get_team(call: Call, number: int) -> Reply:
    return json_reply(200, shapes.team(call.account.teams.get(number)))


@routes.on("POST", "/api/teams")
def create_team(call: Call) -> Reply:
    given = fields.clean(call.body(), TEAM_CHECKS, "Failed to create team", needs=("name",))
    if any(team["name"] == given["name"] for team in call.account.teams):
        raise Refused(409, f"The team {given['name']!r} already exists.")
    return json_reply(201, shapes.team(add_team(call.account, given)))
