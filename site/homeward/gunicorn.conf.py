"""The web server: a few threads in two processes, on this machine unless BIND says otherwise."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE_ROOTS = ("site", "graphql")  # the same list as in manage.py
sys.path[1:1] = [str(ROOT), *(str(ROOT / folder) for folder in SOURCE_ROOTS)]
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "homeward.settings.base")

bind = os.environ.get("BIND") or f"127.0.0.1:{os.environ.get('PORT') or 8000}"
workers = int(os.environ.get("WEB_PROCESSES") or 2)
threads = int(os.environ.get("WEB_THREADS") or 4)
preload_app = True  # read the code once for all processes
timeout = 60
graceful_timeout = 4
max_requests = 5000
max_requests_jitter = 500
limit_request_line = 8190
control_socket_disable = True  # it would write outside the data folder
