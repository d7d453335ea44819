"""Papers as pages show them: with an address that opens the file for a few minutes."""

from collections.abc import Iterable
from dataclasses import dataclass

from shop.core import clock
from shop.files.links import ShownFile, shown
from shop.suppliers.admission_models import DocumentState, SupplierDocument
from shop.suppliers.expiry import STEPS


@dataclass(frozen=True)
class ShownPaper:
    """A paper with its file; whoever builds it has checked that the reader may see it."""

    document: SupplierDocument
    file: ShownFile
    days_left: int | None

    @property
    def has_ended(self) -> bool:
        """Say whether its last day is over."""
        return self.days_left is not None and self.days_left < 0

    @property
    def ends_soon(self) -> bool:
        """Say whether somebody is told of its end already."""
        return self.days_left is not None and 0 <= self.days_left <= STEPS[0]

    @property
    def holds(self) -> bool:
        """Say whether it is the checked paper that counts."""
        return self.document.state == DocumentState.VERIFIED


def shown_papers(documents: Iterable[SupplierDocument], *, user_id: int | None) -> list[ShownPaper]:
    """Return papers, read with their files, as this reader sees them. No query."""
    today, rows = clock.today(), list(documents)
    files = shown([document.file for document in rows], user_id=user_id)
    return [
        ShownPaper(document, file, (document.expires_on - today).days if document.expires_on else None)
        for document, file in zip(rows, files, strict=True)
    ]
