"""The web application, for any WSGI server."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "orchestrator.settings")
application = get_wsgi_application()

from orchestrator import garbage, pulse  # noqa: E402  # its table is known from here on

garbage.settle()
pulse.start("web")
