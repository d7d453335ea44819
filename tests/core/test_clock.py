"""The shop's clock: the machine's, but for a rehearsal, whose jumps every process follows at once."""

import datetime as dt
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import time_machine

from shop.core import clock
from tests.database import ROOT
from worker.models import JobTurn

NOW = dt.datetime(2026, 11, 12, 2, 0, tzinfo=dt.UTC)
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "clock"
    clock.follow(path)
    with time_machine.travel(NOW, tick=False):
        yield path
    clock.follow(None)


def test_it_is_the_machines_until_it_is_told_otherwise(file: Path) -> None:
    assert clock.now() == NOW
    clock.follow(None)
    assert clock.now() == NOW


@pytest.mark.parametrize(("seconds", "moment"), [("3600", NOW + HOUR), ("-86400", NOW - DAY), ("0", NOW)])
def test_it_jumps_ahead_and_back_with_its_file(file: Path, seconds: str, moment: dt.datetime) -> None:
    file.write_text(seconds)
    assert clock.now() == moment
    assert clock.today() == clock.local_date(moment)
    file.unlink()
    assert clock.now() == NOW


def test_history_is_written_up_to_the_rehearsals_own_present(file: Path) -> None:
    file.write_text("3600")
    with clock.set_to(NOW + HOUR):
        assert clock.now() == NOW + HOUR
    with pytest.raises(ValueError, match="never set ahead"), clock.set_to(NOW + 2 * HOUR):
        pass


@pytest.mark.parametrize(
    ("off", "due"),
    [(-DAY, True), (dt.timedelta(0), True), (HOUR, False), (HOUR + dt.timedelta(seconds=1), True)],
)
@pytest.mark.django_db
def test_what_is_put_off_further_than_anything_is_due(off: dt.timedelta, due: bool) -> None:
    with time_machine.travel(NOW, tick=False):
        JobTurn.objects.create(name="tests.job", busy_until=NOW + off)
        assert JobTurn.objects.filter(clock.due("busy_until", within=HOUR)).exists() is due


def run(**variables: str) -> subprocess.CompletedProcess[str]:
    env = os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"} | variables
    code = "import django; django.setup(); from shop.core import clock; print(clock.now().year)"
    return subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )


def test_a_process_follows_its_file_in_a_rehearsal_and_is_refused_else(tmp_path: Path) -> None:
    file = tmp_path / "clock"
    file.write_text(str(-365 * 86_400 * 10))
    year = dt.datetime.now(dt.UTC).year
    assert int(run(SHOP_CLOCK_FILE=str(file), SHOP_REHEARSAL="1").stdout) in (year - 10, year - 9)
    refused = run(SHOP_CLOCK_FILE=str(file))
    assert refused.returncode == 1
    assert "SHOP_CLOCK_FILE moves the shop's clock; it needs SHOP_REHEARSAL=1." in refused.stderr
