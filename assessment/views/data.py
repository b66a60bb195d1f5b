"""An owner's data: taken along as a file, or deleted for good."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from assessment.models import Assessment
from assessment.views.door import page, with_link


@require_safe
@with_link
def export(request: HttpRequest, row: Assessment) -> HttpResponse:
    response = JsonResponse(row.plain(), json_dumps_params={"indent": 2, "ensure_ascii": False})
    response.headers["Content-Disposition"] = 'attachment; filename="assessment.json"'
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@with_link
def delete(request: HttpRequest, row: Assessment) -> HttpResponse:
    """Asks once. After it the private link and the shared one lead nowhere."""
    if request.method != "POST":
        return page(request, "delete", row)
    row.delete()
    return render(request, "assessment/deleted.html")
