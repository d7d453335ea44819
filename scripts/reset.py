"""`make reset`: delete the shop's data after showing what goes. Refuses while a shop runs on them."""

import shutil
import sys
from pathlib import Path

from console import ROOT, Failed, say
from environment import as_script
from launcher import hold_data, read_data_dir


def _size(path: Path) -> int:
    return (
        sum(item.stat().st_size for item in path.rglob("*") if item.is_file())
        if path.is_dir()
        else path.stat().st_size
    )


def reset() -> int:
    """Delete DATA_DIR; safe to call twice. Raises Failed when it is in use or is no data folder of a shop."""
    data_dir = read_data_dir()
    if not data_dir.exists():
        say(f"Nothing to delete: {data_dir} does not exist.")
        return 0
    if not (data_dir / "secret_key").exists() or data_dir in (ROOT, *ROOT.parents, Path.home()):
        raise Failed(
            f"{data_dir} does not look like the data of a shop (no secret_key in it); nothing was deleted."
        )
    with hold_data(data_dir):
        say(f"Deleting {data_dir}:")
        for path in sorted(data_dir.iterdir()):
            say(f"  {path.name:<20} {_size(path) / 1_000_000:8.1f} MB")
        # The key goes last: a reset that was killed leaves a folder that is still told to be a shop's.
        for path in sorted(data_dir.iterdir(), key=lambda path: path.name == "secret_key"):
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        data_dir.rmdir()
    say("Deleted. `make run` starts over.")
    return 0


if __name__ == "__main__":
    sys.exit(as_script(reset))
