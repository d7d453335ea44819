"""Make the bench's own environment from its hashed lock, beside the shop's, and start the bench in it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "scripts"))

from console import Failed, Steps, run  # noqa: E402 - found by the line above
from environment import RUNTIME_LOCK, VENV, as_script, is_ready, prepare  # noqa: E402
from stamps import files_digest, text_digest  # noqa: E402

LOCK = ROOT / "bench" / "requirements.lock"
FOLDER = ROOT / ".cache" / "bench"
PYTHON = FOLDER / "venv" / "bin" / "python"


def _bench_environment() -> None:
    """Install the lock into a new environment unless it is there; every file is checked by its hash."""
    stamp, wanted = FOLDER / "locked", text_digest(files_digest([LOCK]), sys.version)
    if PYTHON.exists() and stamp.exists() and stamp.read_text() == wanted:
        return
    stamp.unlink(missing_ok=True)
    shutil.rmtree(FOLDER / "venv", ignore_errors=True)
    FOLDER.mkdir(parents=True, exist_ok=True)
    run([sys.executable, "-m", "venv", FOLDER / "venv"])
    try:
        run([VENV / "bin" / "uv", "pip", "sync", "--require-hashes", "--python", PYTHON, LOCK])
    except (Failed, OSError):
        run([PYTHON, "-m", "pip", "install", "--require-hashes", "-r", LOCK])
    stamp.write_text(wanted)


def _run() -> int:
    with Steps(1).step("Installing the locked libraries of the shop and of the bench"):
        if "SHOP_PYTHON" not in os.environ and not is_ready(RUNTIME_LOCK):
            prepare(RUNTIME_LOCK)
        _bench_environment()
    return subprocess.call([PYTHON, "-m", "bench"], cwd=ROOT)


if __name__ == "__main__":
    sys.exit(as_script(_run))
