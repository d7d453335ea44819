"""The process list has one truth, the compose file follows it, and the proxy's marked lines are changed."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from console import ROOT, Failed
from gunicorn.workers.gthread import STOP_KEEPALIVE_LINGER
from processes import PROCESSES, REDIS, Process
from proxy import TEMPLATE, configuration

from worker.app import HARD_LIMIT_SECONDS
from worker.queues import QUEUES


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    return found


@pytest.mark.parametrize("process", PROCESSES, ids=lambda process: process.service)
def test_the_compose_file_runs_the_same_commands(services: dict[str, Any], process: Process) -> None:
    service = services[process.service]
    assert tuple(service["command"]) == process.command
    assert service.get("deploy", {}).get("replicas", 1) == process.copies


def test_the_compose_file_has_no_process_more_and_the_same_redis(services: dict[str, Any]) -> None:
    others = {"db", "redis", "migrate", "backup", "proxy"}
    assert set(services) == others | {process.service for process in PROCESSES}
    assert tuple(services["redis"]["command"])[: len(REDIS)] == REDIS


def test_every_container_is_hardened_and_pinned(services: dict[str, Any]) -> None:
    for name, service in services.items():
        assert service["read_only"] is True, name
        assert service["user"] not in ("root", "0"), name
        assert service["cap_drop"] == ["ALL"], name
        assert service["image"].count(".") >= 1 and not service["image"].endswith("latest"), name
        kept = [volume.split(":")[0] for volume in service.get("volumes", ())]
        # What has to survive is in a named volume; the one file of this folder is read only.
        assert set(kept) <= {"backups", "database", "media", "static", "./deploy/nginx.conf"}, name
    probed = {name for name, service in services.items() if "healthcheck" in service}
    assert probed == set(services) - {"migrate", "backup"}


def test_the_image_is_built_on_pinned_ones_and_runs_as_nobody_special() -> None:
    text = (ROOT / "Dockerfile").read_text()
    bases = re.findall(r"^FROM (\S+)", text, re.MULTILINE)
    assert len(bases) == 3 and all(re.fullmatch(r"\w+:\d+\.\d+\.\d+-[\w-]+", base) for base in bases), bases
    assert "AS styles" in text and "COPY --from=styles" in text
    assert re.findall(r"^USER (\w+)$", text, re.MULTILINE) == ["shop"]


def test_every_variable_of_the_compose_file_stands_in_the_example() -> None:
    example = (ROOT / ".env.example").read_text()
    for line in (ROOT / "docker-compose.yml").read_text().splitlines():
        for part in line.split("${")[1:]:
            name = part.split(":")[0].split("}")[0]
            assert f"\n{name}=" in example, name


def test_every_queue_has_a_worker() -> None:
    served = {
        queue
        for process in PROCESSES
        if "-Q" in process.command
        for queue in process.command[process.command.index("-Q") + 1].split(",")
    }
    assert served == set(QUEUES)


def test_the_proxy_of_this_machine_has_no_line_of_the_containers(tmp_path: Path) -> None:
    folder, pictures = tmp_path / "proxy", tmp_path / "media" / "pictures"
    text = configuration(
        port=8123,
        upstreams=["127.0.0.1:1", "127.0.0.1:2"],
        static=tmp_path / "s",
        pictures=pictures,
        folder=folder,
    )
    assert "marked:" not in text and "/srv/" not in text and "web:8000" not in text
    assert text.count("listen 127.0.0.1:8123;") == 1
    assert f"alias {tmp_path}/s/$hashed;" in text
    assert f"pid {folder}/nginx.pid;" in text
    assert text.count("server 127.0.0.1:") == 2


def test_a_line_that_lost_its_mark_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    changed = tmp_path / "nginx.conf"
    changed.write_text(TEMPLATE.read_text().replace(" # marked: listen", ""))
    monkeypatch.setattr("proxy.TEMPLATE", changed)
    with pytest.raises(Failed, match="has no line marked listen"):
        configuration(port=1, upstreams=[], static=tmp_path, pictures=tmp_path, folder=tmp_path)


def test_whoever_serves_is_given_the_time_to_finish(services: dict[str, Any]) -> None:
    """A container is killed after its grace: later than its process has ended by itself."""
    settings = (ROOT / "scripts" / "gunicorn.production.py").read_text()
    [graceful] = re.findall(r"^graceful_timeout = (\d+)$", settings, re.MULTILINE)
    assert int(services["web"]["stop_grace_period"].rstrip("s")) > int(graceful)
    assert services["proxy"]["stop_signal"] == "SIGQUIT"
    for worker in ("worker-urgent", "worker-bulk"):
        assert int(services[worker]["stop_grace_period"].rstrip("s")) > HARD_LIMIT_SECONDS


def test_the_proxy_lets_an_idle_connection_go_before_the_web_process_does() -> None:
    """What is sent into a connection that is being closed is lost, and a form is never sent twice."""
    [kept] = re.findall(r"^ +keepalive_timeout (\d+)s;\n +}", TEMPLATE.read_text(), re.MULTILINE)
    settings = (ROOT / "scripts" / "gunicorn.production.py").read_text()
    [closed] = re.findall(r"^keepalive = (\d+)$", settings, re.MULTILINE)
    assert int(kept) < min(int(closed), STOP_KEEPALIVE_LINGER)
