"""`make check`: every check that needs no running shop. All run, also after one has failed.

check.py            all
check.py types imports   only these
check.py --fast     those that pre-commit runs
"""

import os
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from console import ROOT, Steps, say
from environment import DEV_LOCK, VENV, as_script, is_ready, prepare

BIN = VENV / "bin"
# A production server's settings, so that the deployment check sees what a server would see.
PRODUCTION = {
    "SHOP_ENV": "production",
    "SECRET_KEY": "only-for-the-check-" + "".join(chr(97 + i * 7 % 26) for i in range(64)),
    "ALLOWED_HOSTS": "shop.example.com",
    "CSRF_TRUSTED_ORIGINS": "https://shop.example.com",
    "SHOP_BASE_URL": "https://shop.example.com",
    "SHOP_DEMO": "0",
    "DEBUG": "0",
    "DATABASE_URL": "postgres://shop:shop@127.0.0.1:5432/shop",
    "REDIS_URL": "redis://127.0.0.1:6379/0",
    "CELERY_BROKER_URL": "redis://127.0.0.1:6379/1",
    "DEFAULT_FROM_EMAIL": "shop@shop.example.com",
    "EMAIL_URL": "smtp://127.0.0.1:25",
    "ICP_NUMBER": "check",
    "BANK_ACCOUNT_NAME": "check",
    "BANK_NAME": "check",
    "BANK_ACCOUNT_NUMBER": "check",
}


@dataclass(frozen=True)
class Check:
    """One check: its name, its command, and whether it is quick enough for every commit."""

    name: str
    command: list[str | Path]
    fast: bool = False
    env: dict[str, str] = field(default_factory=dict)


PYTHON = BIN / "python"
PATHS = [
    path for path in ("shop", "worker", "catalog_seed", "scripts", "tests", "bench") if (ROOT / path).exists()
]
CHECKS = [
    Check("lint", [BIN / "ruff", "check", "."], fast=True),
    Check("format", [BIN / "ruff", "format", "--check", "."], fast=True),
    Check("types", [BIN / "mypy", *PATHS, "manage.py"]),
    Check("imports", [BIN / "lint-imports"], fast=True),
    Check("architecture", [BIN / "pytest", "-q", "--no-header", "tests/architecture"]),
    Check("templates", [BIN / "djlint", "templates", "--lint", "--quiet"], fast=True),
    Check(
        "migrations",
        [PYTHON, "manage.py", "makemigrations", "--check", "--dry-run"],
        env={"SHOP_ENV": "test"},
    ),
    Check("translations", [PYTHON, "scripts/messages.py", "--check"], fast=True),
    Check(
        "deployment", [PYTHON, "manage.py", "check", "--deploy", "--fail-level", "WARNING"], env=PRODUCTION
    ),
    Check(
        "compose",
        [BIN / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", "docker-compose.yml"],
        fast=True,
    ),
    Check("styles", [PYTHON, "scripts/css_digest.py", "--check"], fast=True),
]


def _environment(check: Check) -> dict[str, str]:
    """Return the caller's environment without what would lead a check to the caller's own shop."""
    dropped = {*PRODUCTION, "DATA_DIR", "DJANGO_SETTINGS_MODULE", "STATIC_ROOT", "MEDIA_ROOT"}
    env = {name: value for name, value in os.environ.items() if name not in dropped}
    env |= {"SHOP_ENV": "test", "SECRET_KEY": "check", "DJANGO_SETTINGS_MODULE": "shop.config.settings"}
    env |= {"DATA_DIR": str(ROOT / ".cache" / "check-data"), "PYTHONPATH": str(ROOT)}
    return env | check.env


def _passes(check: Check) -> bool:
    started = time.monotonic()
    command = [str(part) for part in check.command]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=_environment(check),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    passed = done.returncode == 0
    say(f"{'ok    ' if passed else 'FAILED'}  {check.name:<14} {time.monotonic() - started:6.1f} s")
    if not passed:
        say(f"        {' '.join(command)}\n{done.stdout.rstrip()}\n")
    return passed


def _chosen(words: list[str]) -> list[Check]:
    if words == ["--fast"]:
        return [check for check in CHECKS if check.fast]
    unknown = set(words) - {check.name for check in CHECKS}
    if unknown:
        names = ", ".join(check.name for check in CHECKS)
        raise SystemExit(f"No such check: {', '.join(sorted(unknown))}. There are: {names}")
    return [check for check in CHECKS if not words or check.name in words]


def main() -> int:
    """Run the checks; return 1 when one failed."""
    chosen = _chosen(sys.argv[1:])
    steps = Steps(1)
    if not is_ready(DEV_LOCK):
        with steps.step("Installing the locked libraries into .venv"):
            prepare(DEV_LOCK)
    (ROOT / ".cache" / "check-data").mkdir(parents=True, exist_ok=True)
    failed = [check.name for check in chosen if not _passes(check)]
    say(f"{len(chosen) - len(failed)} checks passed, {len(failed)} failed in {steps.seconds:.1f} s")
    if failed:
        say(f"Failed: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(as_script(main))
