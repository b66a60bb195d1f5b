"""Creates many clients in one process: ``python -m bench.crowd FILE.yaml …``."""

from __future__ import annotations

import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "orchestrator.settings")
django.setup()

from django.core.management import call_command  # noqa: E402

if __name__ == "__main__":
    for path in sys.argv[1:]:
        call_command("apply_client", path)
