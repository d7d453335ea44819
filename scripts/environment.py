"""The virtual environment in .venv, made from the hashed locks (ADR 0006)."""

import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from console import ROOT, Failed, run, say
from stamps import files_digest, text_digest

VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
RUNTIME_LOCK = ROOT / "requirements.lock"
DEV_LOCK = ROOT / "requirements-dev.lock"
UV_LOCK = ROOT / "requirements-uv.lock"
STAMP = VENV / "locked"
# There while an installation is under way. A killed one leaves packages that look whole and are not: no
# installer would touch them again, so the environment is made anew.
UNFINISHED = VENV / "unfinished"


def _digest(lock: Path) -> str:
    return text_digest(files_digest([lock]), sys.version, str(VENV))


def is_ready(lock: Path) -> bool:
    """Return whether .venv holds what the lock names.

    The development lock names everything of the runtime lock, so an environment made from it serves both.
    """
    if not (PYTHON.exists() and STAMP.exists()):
        return False
    return _digest(lock) in STAMP.read_text().split()


def prepare(lock: Path) -> None:
    """Make .venv hold what the lock names, every file checked by its hash; safe to call twice.

    Raises Failed when Python cannot make environments or a package cannot be had.
    """
    (ROOT / ".cache").mkdir(exist_ok=True)
    with open(ROOT / ".cache" / "environment.lock", "w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if is_ready(lock):
            return
        STAMP.unlink(missing_ok=True)
        if UNFINISHED.exists() or not (PYTHON.exists() and _works()):
            _make_venv()
        UNFINISHED.touch()
        _install(lock)
        locks = [RUNTIME_LOCK, DEV_LOCK] if lock == DEV_LOCK else [RUNTIME_LOCK]
        STAMP.write_text("\n".join(map(_digest, locks)) + "\n")
        UNFINISHED.unlink()


def _make_venv() -> None:
    if VENV.is_symlink():
        VENV.unlink()  # To clear through a link would empty somebody else's environment.
    try:
        run([sys.executable, "-m", "venv", "--clear", VENV])
    except Failed as error:
        raise Failed(
            "Python could not make an environment; the lines above say why. On Debian: apt install python3-venv"
        ) from error


def _works() -> bool:
    """Return whether the environment was made by this Python and is not half made."""
    probe = [str(PYTHON), "-c", "import pip, sys; print(sys.version)"]
    answer = subprocess.run(probe, capture_output=True, text=True, check=False)
    return answer.returncode == 0 and answer.stdout.strip() == sys.version


def _install(lock: Path) -> None:
    pip: list[str | Path] = [
        PYTHON,
        "-m",
        "pip",
        "install",
        "--disable-pip-version-check",
        "--require-hashes",
    ]
    try:
        run([*pip, "-r", UV_LOCK])
        run([VENV / "bin" / "uv", "pip", "sync", "--require-hashes", "--python", PYTHON, lock], env=_uv_env())
    except Failed:
        say("      uv could not do it; once more with pip, from the beginning")
        _make_venv()
        UNFINISHED.touch()
        _install_with_pip([*pip, "-r", lock])


def _install_with_pip(command: list[str | Path]) -> None:
    try:
        run(command)
    except Failed as error:
        raise Failed(
            "The libraries could not be installed; the lines above say why. Is the package index within reach? "
            "A mirror is set with: pip config set global.index-url https://…/simple"
        ) from error


def _uv_env() -> dict[str, str]:
    """Return the environment for uv; it takes over the mirror and the certificates that the person set for pip."""
    env = dict(os.environ)
    if "UV_DEFAULT_INDEX" not in env and "UV_INDEX_URL" not in env:
        mirror = env.get("PIP_INDEX_URL") or _pip_setting("index-url")
        if mirror:
            env["UV_DEFAULT_INDEX"] = mirror
    if "SSL_CERT_FILE" not in env:
        certificates = env.get("PIP_CERT") or _pip_setting("cert")
        if certificates:
            env["SSL_CERT_FILE"] = certificates
    return env


def _pip_setting(name: str) -> str:
    """Return a setting of pip's configuration files, "" when it is not there."""
    asked = [str(PYTHON), "-m", "pip", "config", "get", f"global.{name}"]
    return subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def as_script(work: Callable[[], int]) -> int:
    """Run a script's work; a failed step, Ctrl-C and SIGTERM end it with one plain line and no traceback."""
    signal.signal(signal.SIGTERM, _interrupt)
    signal.signal(signal.SIGHUP, _interrupt)
    try:
        return work()
    except Failed as error:
        say(f"\n{error}")
        return 1
    except KeyboardInterrupt:
        say("\nStopped.")
        return 130
