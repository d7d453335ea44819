"""The web container: several processes with threads, told by the environment."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

bind = "0.0.0.0:8000"
worker_class = "gthread"
workers = int(os.environ.get("WEB_WORKERS", "2"))
threads = int(os.environ.get("WEB_THREADS", "4"))
timeout = 60
# Longer than a request may take, shorter than the container's grace, so that a deployment cuts nothing off.
graceful_timeout = 30
max_requests = 5000
max_requests_jitter = 500
worker_tmp_dir = "/dev/shm"
control_socket_disable = True
# The shop writes a line about each request itself: an address may hold the key to a guest's order.
accesslog = None
# Only the proxy of the compose network reaches this port, so its word on the client's address counts.
forwarded_allow_ips = os.environ.get("FORWARDED_ALLOW_IPS", "*")


def on_starting(server: Any) -> None:
    """Refuse to serve the public from settings or data that are not fit for it; say why, a sentence each.

    SHOP_REHEARSAL=1 opens all the same: for trying out a production's processes with demonstration goods.
    """
    manage = Path(__file__).resolve().parent.parent / "manage.py"
    done = subprocess.run([sys.executable, str(manage), "check_production"], check=False)
    if done.returncode == 0:
        return
    if os.environ.get("SHOP_REHEARSAL") != "1":
        sys.exit(os.EX_CONFIG)
    server.log.warning("SHOP_REHEARSAL is set: opened for a rehearsal in spite of the above")
