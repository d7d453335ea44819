"""The virtual environment after an installation that was killed."""

import sys
from pathlib import Path

import environment
import pytest
from console import Failed


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[list[str]]:
    """Every command that would have run, in an environment that works but for what the test does to it."""
    ran: list[list[str]] = []
    venv = tmp_path / ".venv"
    for name, path in {
        "ROOT": tmp_path,
        "VENV": venv,
        "PYTHON": venv / "bin" / "python",
        "STAMP": venv / "locked",
        "UNFINISHED": venv / "unfinished",
    }.items():
        monkeypatch.setattr(environment, name, path)
    (venv / "bin").mkdir(parents=True)
    (venv / "bin" / "python").symlink_to(sys.executable)
    monkeypatch.setattr(environment, "_works", lambda: True)
    monkeypatch.setattr(environment, "run", lambda words, **_: ran.append([str(word) for word in words]))
    return ran


def _kinds(commands: list[list[str]]) -> list[str]:
    return ["venv" if "--clear" in words else Path(words[0]).name for words in commands]


def test_a_whole_environment_is_only_brought_up_to_date(commands: list[list[str]]) -> None:
    environment.prepare(environment.RUNTIME_LOCK)
    assert _kinds(commands) == ["python", "uv"]
    assert environment.is_ready(environment.RUNTIME_LOCK)
    assert not environment.UNFINISHED.exists()


def test_what_a_killed_installation_left_is_made_anew(
    commands: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(words: list[object], **_: object) -> None:
        if "sync" in words:
            raise KeyboardInterrupt

    with monkeypatch.context() as killed:
        killed.setattr(environment, "run", die)
        with pytest.raises(KeyboardInterrupt):
            environment.prepare(environment.RUNTIME_LOCK)
    assert not environment.is_ready(environment.RUNTIME_LOCK)

    environment.prepare(environment.RUNTIME_LOCK)
    assert _kinds(commands) == ["venv", "python", "uv"]


def test_pip_does_not_build_on_what_a_killed_uv_left(
    commands: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed_uv(words: list[object], **_: object) -> None:
        commands.append([str(word) for word in words])
        if "sync" in words:
            raise Failed("killed")

    monkeypatch.setattr(environment, "run", killed_uv)
    environment.prepare(environment.RUNTIME_LOCK)
    assert _kinds(commands) == ["python", "uv", "venv", "python"]
    assert environment.is_ready(environment.RUNTIME_LOCK)
