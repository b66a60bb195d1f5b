"""Ends with 0 when something listens at the address of a URL: ``python reaches.py redis://127.0.0.1:6379``."""

import socket
import sys
from urllib.parse import urlsplit

where = urlsplit(sys.argv[1])
with socket.socket() as probe:
    probe.settimeout(2)
    sys.exit(probe.connect_ex((where.hostname or "127.0.0.1", where.port or 0)))
