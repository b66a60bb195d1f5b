"""The account itself and its settings.

https://developers.gorgias.com/reference/the-account-object
"""

from __future__ import annotations

from connectors.sandbox.gorgias.routes import Call, Routes
from connectors.sandbox.wire import Json, Reply, json_reply

routes = Routes()
HOURS = {"days": "1,2,3,4,5", "from_time": "09:00", "to_time": "17:00"}


@routes.on("GET", "/api/account")
def get_account(call: Call) -> Reply:
    return json_reply(
        200,
        {
            "domain": call.account.credentials["subdomain"],
            "created_datetime": "2024-01-08T09:00:00.000000",
            "deactivated_datetime": None,
            "meta": {"company_name": call.account.name},
            "settings": _settings(call),
            "status": {"status": "active"},
        },
    )


@routes.on("GET", "/api/account/settings", params=("type",))
def list_settings(call: Call) -> Reply:
    kind = call.params.get("type")
    return json_reply(
        200, {"data": [one for one in _settings(call) if kind in (None, one["type"])], "object": "list"}
    )


def _settings(call: Call) -> list[Json]:
    data = {"timezone": "UTC", "business_hours": [HOURS]}
    return [{"id": 11, "type": "business-hours", "data": data, "uri": "/api/account/settings/11/"}]
