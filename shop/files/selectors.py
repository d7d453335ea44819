"""Files by what they are evidence of."""

from collections import defaultdict
from collections.abc import Iterable

from shop.files.models import StoredFile


def files_of(owner_type: str, owner_keys: Iterable[str]) -> dict[str, list[StoredFile]]:
    """Return the files that stand, by owner's key, oldest first; one query. The caller has checked the right."""
    found: dict[str, list[StoredFile]] = defaultdict(list)
    standing = StoredFile.objects.filter(
        owner_type=owner_type, owner_key__in=list(owner_keys), removed_at=None
    )
    for file in standing.order_by("pk"):
        found[file.owner_key].append(file)
    return dict(found)
