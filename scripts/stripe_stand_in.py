"""Stripe, as the tests have it: a process of its own, whose notices come twice and in any order."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from console import ROOT, Failed, die_with_parent
from environment import PYTHON

SETTINGS = 3


@contextmanager
def careless_stripe(seed: int) -> Iterator[dict[str, str]]:
    """Run it while the block runs; give the settings with which a shop talks to it."""
    peer = subprocess.Popen(
        [str(PYTHON), "-m", "tests.stripe_peer", "--port", "0", "--careless", str(seed)],
        cwd=ROOT,
        # Its notices go to this machine.
        env=os.environ | {"no_proxy": "*"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=die_with_parent(os.getpid()),
    )
    assert peer.stdout is not None
    try:
        settings = dict(peer.stdout.readline().strip().split("=", 1) for _ in range(SETTINGS))
        yield settings | {"no_proxy": "127.0.0.1,localhost"}
        if peer.poll() is not None:
            raise Failed("The stand-in for Stripe has ended.")
    finally:
        peer.terminate()
        peer.wait(timeout=30)
        peer.stdout.close()
