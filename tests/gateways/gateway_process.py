"""A gateway at work in a process of its own: `… gateway_process <act> <id> [faultpoint]` dies there like kill −9."""

import os
import sys

import django

from shop.core import faultpoint


def main(act: str, number: int, point: str) -> None:
    """Do one act."""

    def die(name: str) -> None:
        if name == point:
            os._exit(137)

    django.setup()
    faultpoint.set_hook(die)
    # Models can only be imported after django.setup().
    from shop.gateways import services  # noqa: PLC0415
    from shop.ordering.models import OrderRecord  # noqa: PLC0415

    if act == "start":
        services.start_payment(record=OrderRecord.objects.get(pk=number), method="demo")
    elif act == "apply":
        services.apply_notice(notice_id=number)
    else:
        services.execute_refunds()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3] if len(sys.argv) > 3 else "")
