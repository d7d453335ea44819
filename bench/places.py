"""Where the bench keeps its things, and how much of everything it does."""

import os
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".cache" / "bench"
BENCH_PYTHON = CACHE / "venv" / "bin" / "python"
#: The shop's own environment; another one may be named, as the tests of a workplace do.
SHOP_PYTHON = Path(os.environ.get("SHOP_PYTHON") or ROOT / ".venv" / "bin" / "python")
DOCUMENT = ROOT / "docs" / "benchmarks.md"
PICTURE = ROOT / "docs" / "img" / "benchmarks.svg"
SEED = ROOT / "catalog_seed" / "data"
#: As many goods as the stock site had whose numbers are the ones to beat (issue 3): 300 are the seed's own.
PRODUCTS, DRAWN = 2200, 300


@dataclass(frozen=True)
class LedgerExtent:
    """Entries of the three ledgers on PostgreSQL and of the one on SQLite, and how often each thing is timed."""

    sizes: tuple[int, int, int]
    embedded: int
    reports: int
    scans: int
    postings: int
    working_seconds: int
    pages: int


@dataclass(frozen=True)
class Extent:
    """How long and how often: seconds are the end of a block, whatever is reached by then."""

    name: str
    blocks: int
    block_seconds: float
    connections: int
    checkout_seconds: float
    checkout_clients: int
    counted: int
    memory_requests: int
    draw_seconds: float
    backlogs: tuple[int, ...]
    relay_seconds: float
    selling_seconds: float
    ledger: LedgerExtent


FULL_LEDGER = LedgerExtent((10_000, 1_000_000, 10_000_000), 100_000, 60, 3, 20, 15, 1_000)
QUICK_LEDGER = LedgerExtent((2_000, 10_000, 100_000), 10_000, 20, 3, 6, 3, 100)
FULL = Extent("full", 3, 7.0, 4, 24.0, 16, 40, 10_000, 240.0, (10_000, 1_000_000), 8.0, 20.0, FULL_LEDGER)
QUICK = Extent("quick", 1, 3.0, 4, 8.0, 16, 6, 500, 0.0, (5_000, 50_000), 3.0, 5.0, QUICK_LEDGER)


def extent() -> Extent:
    """Return the short form when QUICK is set, else the full one."""
    return QUICK if os.environ.get("QUICK", "") not in ("", "0") else FULL
