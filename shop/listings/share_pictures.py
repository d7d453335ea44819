"""Two jobs of the worker: say which pictures shared links are to show, and draw those that are not made yet."""

import hashlib
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q

from shop.core import clock
from shop.core.whole_files import write_whole
from shop.listings.models import Listing, ListingState, ProductPicture
from shop.listings.pictures import FILES, FOLDER
from shop.listings.share_models import SharePicture
from shop.listings.sharing.batch import draw_batch
from shop.listings.sharing.spec import EDITION, ShareSpec
from shop.regions.models import PartnerRegion

logger = logging.getLogger(__name__)

#: Rows that one statement writes.
_TOGETHER = 500
#: So many times what is drawn is looked through for something that can be drawn.
_LOOKED_AT = 20
_ILLUSTRATION, _DEMONSTRATION = "示意插图", "演示数据"


@dataclass(frozen=True)
class Subject:
    """A product, a place, or the shop, as SharePicture names them."""

    product_id: int | None = None
    place: str = ""


def plan_share_pictures() -> int:
    """Give every product on sale that has a picture, every place and the shop what is to be drawn; return how many.

    A picture that would show something else now gets another name and is pending again. One of a product that is no
    longer on sale, or whose picture was taken away, goes. So do the old files. A few queries, whatever the catalogue
    holds. Safe to repeat, to run late and after a kill; two at once write the same.
    """
    wanted = {subject: _key(subject, spec) for subject, spec in share_specs().items()}
    with transaction.atomic():
        rows = {Subject(row.product_id, row.place): row for row in SharePicture.objects.all()}
        gone = [row for subject, row in rows.items() if subject not in wanted]
        other = [row for subject, row in rows.items() if wanted.get(subject, row.key) != row.key]
        new = [
            SharePicture(product_id=subject.product_id, place=subject.place, key=key)
            for subject, key in wanted.items()
            if subject not in rows
        ]
        for row in (*gone, *other):
            transaction.on_commit(partial(share_file(row.key).unlink, missing_ok=True))
        for row in other:
            row.key, row.ready_at = wanted[Subject(row.product_id, row.place)], None
        for first in range(0, len(gone), _TOGETHER):
            part = [row.pk for row in gone[first : first + _TOGETHER]]
            SharePicture.objects.filter(pk__in=part).delete()
        SharePicture.objects.bulk_update(other, ["key", "ready_at"], batch_size=_TOGETHER)
        SharePicture.objects.bulk_create(new, batch_size=_TOGETHER, ignore_conflicts=True)
    return len(new) + len(other)


def draw_share_pictures(*, limit: int = 10) -> int:
    """Draw the next pictures that are not made yet, the shop's and the places' first; return how many.

    In a process of its own, about a fifth of a second each; nothing is held open meanwhile. Safe to repeat and after
    a kill: a picture is pending until its file stands. One that cannot be drawn is logged and holds up no other.
    """
    # What is no longer on sale needs no picture until it is again.
    wanted = Q(product=None) | Q(product__listing__state=ListingState.PUBLISHED)
    pending = SharePicture.objects.filter(wanted, ready_at=None).order_by(
        F("product__listing__position").asc(nulls_first=True), "pk"
    )
    waiting = list(pending[: limit * _LOOKED_AT])
    if not waiting:
        return 0
    specs = share_specs([row.product_id for row in waiting if row.product_id is not None])
    drawable = [row for row in waiting if Subject(row.product_id, row.place) in specs]
    drawn = 0
    while drawable and drawn < limit:
        batch, drawable = drawable[: limit - drawn], drawable[limit - drawn :]
        drawn += _draw(batch, specs)
    return drawn


def share_specs(product_ids: Sequence[int] | None = None) -> dict[Subject, ShareSpec]:
    """Return what each picture shows: of these products, or of all that are on sale, and of places and shop.

    A product without a picture of its own is absent: a link to it shows its place. Three queries.
    """
    regions = {region.pk: region for region in PartnerRegion.objects.all()}
    specs = {Subject(): _spec()}
    specs |= {
        Subject(place=region.slug): _spec(
            title=region.name_zh, place=region.parent_zh, seal=region.seal, slug=region.slug
        )
        for region in regions.values()
    }
    listings = Listing.objects.filter(state=ListingState.PUBLISHED).order_by("product_id")
    pictures = ProductPicture.objects.filter(ready_at__isnull=False).order_by("product_id", "-position")
    if product_ids is not None:
        listings = listings.filter(product__in=product_ids)
        pictures = pictures.filter(product__in=product_ids)
    first = {
        product_id: (key, illustrative)
        for product_id, key, illustrative in pictures.values_list("product_id", "key", "illustrative")
    }
    said = listings.values_list("product_id", "name_zh", "product__origin__region")
    for product_id, title, region_id in said.iterator():
        region, picture = regions.get(region_id), first.get(product_id)
        if region is not None and picture is not None:
            specs[Subject(product_id)] = _spec(
                title=title,
                place=f"{region.parent_zh}·{region.short_zh}",
                seal=region.seal,
                slug=region.slug,
                picture=picture[0] + FILES["jpeg-800"],
                illustrative=picture[1],
            )
    return specs


def share_file(key: str) -> Path:
    """Return where a picture lies."""
    return _folder() / f"{key}.jpg"


def _folder() -> Path:
    return Path(settings.MEDIA_ROOT) / FOLDER


def _spec(
    *,
    title: str = "",
    place: str = "",
    seal: str = "",
    slug: str = "",
    picture: str = "",
    illustrative: bool = False,
) -> ShareSpec:
    notes = [_ILLUSTRATION] if illustrative else []
    if settings.SHOP_DEMO:
        notes.append(_DEMONSTRATION)
    return ShareSpec(
        shop_name=settings.SHOP_NAME,
        shop_subline=settings.SHOP_SUBLINE,
        title=title,
        place=place,
        seal=seal,
        slug=slug,
        picture=picture,
        note="·".join(notes),
    )


def _key(subject: Subject, spec: ShareSpec) -> str:
    shown = json.dumps([EDITION, asdict(subject), asdict(spec)], sort_keys=True).encode()
    return f"share-{hashlib.sha256(shown).hexdigest()[:24]}"


def _draw(rows: Sequence[SharePicture], specs: Mapping[Subject, ShareSpec]) -> int:
    results = draw_batch([specs[Subject(row.product_id, row.place)] for row in rows], _folder())
    drawn = []
    for row, result in zip(rows, results, strict=True):
        if isinstance(result, OSError):
            logger.error("the picture %s cannot be drawn: %s", row.key, result)
        else:
            write_whole(share_file(row.key), result)
            drawn.append(row)
    # Together: every process reads its shelf anew after a mark. The key too: it may have changed meanwhile.
    keys = {row.key for row in drawn}
    same = SharePicture.objects.filter(pk__in=[row.pk for row in drawn], key__in=keys)
    if drawn and same.update(ready_at=clock.now()) < len(drawn):
        for key in keys.difference(same.values_list("key", flat=True)):
            share_file(key).unlink(missing_ok=True)
    return len(drawn)
