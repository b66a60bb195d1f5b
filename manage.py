#!/usr/bin/env python
"""Every command of the product starts here."""

import os
import signal
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line
from django.db import OperationalError

LONG_RUNNING = {"demo", "sandbox", "serve", "work"}

if __name__ == "__main__":
    if LONG_RUNNING & set(sys.argv[1:2]):
        # A shell starts background jobs with SIGINT ignored; these end on it from their first moment.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "orchestrator.settings")
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(str(error))
    except OperationalError as error:
        if "--traceback" in sys.argv:
            raise
        told = " ".join(str(error).split())
        sys.exit(f"The database did not do that ({told}): check DATABASE_URL, that it runs and is migrated.")
