"""`python -m tests.stripe_peer --port 12111`: prints the settings with which a demonstration shop talks to it."""

import argparse

from tests.stripe_peer.server import Peer
from tests.stripe_peer.webhooks import CarelessSender


def main() -> None:
    """Answer until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m tests.stripe_peer", description=__doc__)
    parser.add_argument("--port", type=int, default=12111, help="0: any free port")
    parser.add_argument(
        "--webhook-url", default="", help="where notices go; left out: /notices/stripe/ of the shop that asks"
    )
    parser.add_argument("--careless", type=int, metavar="SEED", help="notices go twice and in any order")
    options = parser.parse_args()
    peer = Peer(port=options.port, webhook_url=options.webhook_url, send=True)
    if options.careless is not None:
        peer.sender = CarelessSender(peer.webhook_secret, options.webhook_url, options.careless)
    print(f"STRIPE_API_BASE={peer.base}")
    print(f"STRIPE_SECRET_KEY={peer.secret_key}")
    print(f"STRIPE_WEBHOOK_SECRET={peer.webhook_secret}", flush=True)
    try:
        peer.serve()
    except KeyboardInterrupt:
        print("stopped")


if __name__ == "__main__":
    main()
