"""The web server of both sites in the bench: the same number of workers and threads, nothing recycled."""

import os

bind = f"127.0.0.1:{os.environ['BENCH_PORT']}"
worker_class = "gthread"
workers = int(os.environ.get("BENCH_WORKERS", "2"))
threads = int(os.environ.get("BENCH_THREADS", "4"))
timeout = 120
graceful_timeout = 5
keepalive = 30
loglevel = "warning"
control_socket_disable = True
