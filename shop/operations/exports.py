"""Every file that the worker makes, whichever app fills it."""

from shop.certificates.packs.making import PACK, pack_content
from shop.operations.journal_page import JOURNAL, journal_content
from shop.reporting.makers import MAKERS as FIGURES
from shop.reporting.making import Makers, make_exports

MAKERS: Makers = {**FIGURES, JOURNAL: journal_content, PACK: pack_content}


def make_waiting_exports() -> int:
    """Make the file that has waited longest; return how many are ready now. A job."""
    return make_exports(MAKERS)
