"""A statement as a file that anyone can verify offline with docs/verify_statement.py."""

import zipfile
from typing import IO

from django.utils.translation import gettext as _

from shop.core.exceptions import ShopError
from shop.ledger.closing_models import Statement
from shop.ledger.month_lines import month_lines

#: So many entries go into a file that a page hands out; the command has no such cap.
MOST_ENTRIES = 200_000
#: The same export is the same bytes, whenever it is made.
_NO_TIME = (1980, 1, 1, 0, 0, 0)
_READ_ME = """\
{number}

statements/   the statement and every one before it 本期及以前各期月报
entries/      the ledger entries of {month} 该月账本记录
digests.txt   SHA-256 of each statement 各期月报的摘要

Verify offline 离线核对: python3 verify_statement.py {number}.zip
The script stands in the shop's source as docs/verify_statement.py and needs nothing but Python 3.
脚本在本站源代码的 docs/verify_statement.py，只需要 Python 3。
"""


def require_small(statement: Statement) -> None:
    """Raise ShopError when a statement has more entries than a page hands out."""
    if statement.entries > MOST_ENTRIES:
        raise ShopError(
            _(
                "This month has more than 200,000 entries. Ask the operator for the file:"
                " manage.py export_statement %(number)s"
            )
            % {"number": statement.number},
            code="export_too_long",
        )


def write_export(statement: Statement, target: IO[bytes]) -> None:
    """Write a statement with its entries and the chain before it as a zip; memory stays flat."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        text = _READ_ME.format(number=statement.number, month=f"{statement.month:%Y-%m}")
        archive.writestr(_file("README.txt"), text.encode())
        chain = Statement.objects.filter(demo=statement.demo, month__lte=statement.month).order_by("month")
        digests = []
        for each in chain.iterator():
            archive.writestr(_file(f"statements/{each.number}.json"), each.body.encode())
            digests.append(f"{each.digest}  statements/{each.number}.json\n")
        archive.writestr(_file("digests.txt"), "".join(digests).encode())
        with archive.open(_file(f"entries/{statement.number}.txt"), "w", force_zip64=True) as file:
            for line in month_lines(statement.month, statement.demo):
                file.write(line + b"\n")


def _file(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _NO_TIME)
    info.compress_type = zipfile.ZIP_DEFLATED
    return info
