"""The proxy of `make prod-local`: nginx with deploy/nginx.conf, where this machine has it."""

import re
import shutil
from collections.abc import Mapping
from pathlib import Path

from console import ROOT, Failed

TEMPLATE = ROOT / "deploy" / "nginx.conf"
_STATIC = "/srv/static/"


def find_nginx() -> Path | None:
    """Return the nginx of this machine, or None."""
    found = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
    return Path(found) if found else None


def configuration(*, port: int, upstreams: list[str], static: Path, pictures: Path, folder: Path) -> str:
    """Return deploy/nginx.conf with its marked lines changed to this machine's ports and folders.

    One process without a master: a killed master would leave workers behind that hold the port.
    """
    servers = " ".join(f"server {upstream} max_fails=1 fail_timeout=1s;" for upstream in upstreams)
    text = _marked(
        # Its temporary files first: the folders below may lie in /tmp too.
        TEMPLATE.read_text().replace("/tmp/", f"{folder}/"),
        {
            "upstream": lambda line: servers,
            "listen": lambda line: f"listen 127.0.0.1:{port};",
            "static": lambda line: line.replace(_STATIC, f"{static}/"),
            "pictures": lambda line: f"alias {pictures}/;",
        },
    )
    return "daemon off;\nmaster_process off;\n" + text


def _marked(text: str, changes: Mapping[str, object]) -> str:
    unused = set(changes)

    def change(found: re.Match[str]) -> str:
        indent, line, name = found.groups()
        unused.discard(name)
        made = changes[name]
        assert callable(made)
        return f"{indent}{made(line)}"

    changed = re.sub(r"(?m)^( *)(\S.*;) # marked: (\w+)$", change, text)
    if unused:
        raise Failed(f"{TEMPLATE} has no line marked {', '.join(sorted(unused))}.")
    return changed
