"""The pictures of residents' certificates: made by the worker, kept in a folder that nobody serves, shown by a page."""

import logging
from pathlib import Path

from django.conf import settings
from django.urls import reverse

from shop.certificates.codes import shown_code
from shop.certificates.drawing.batch import draw_batch
from shop.certificates.drawing.spec import ImageSpec, PlaceLine
from shop.certificates.models import Certificate, ShareImage
from shop.core import clock
from shop.core.whole_files import write_whole
from shop.regions.models import PartnerRegion

logger = logging.getLogger(__name__)

FOLDER = "certificates"


def image_path(certificate: Certificate) -> Path:
    """Return where a certificate's picture lies."""
    return Path(settings.MEDIA_ROOT) / FOLDER / f"{certificate.code}.png"


def verify_link(certificate: Certificate) -> str:
    """Return the whole address that a certificate is verified at."""
    return settings.SHOP_BASE_URL.rstrip("/") + reverse("certificates:verify", args=[certificate.code])


def draw_pending_images(*, limit: int = 5) -> int:
    """Draw the pictures that were asked for and are not made yet, oldest first; return how many.

    In a process of its own, about half a second each; nothing is held open meanwhile. Safe to repeat and after a
    kill: a picture is pending until its file stands.
    """
    pending = list(
        ShareImage.objects.filter(ready_at=None).select_related("certificate").order_by("pk")[:limit]
    )
    if not pending:
        return 0
    specs = image_specs([image.certificate for image in pending])
    for image, data in zip(pending, draw_batch(specs), strict=True):
        write_whole(image_path(image.certificate), data)
        ShareImage.objects.filter(pk=image.pk).update(ready_at=clock.now())
    return len(pending)


def image_specs(certificates: list[Certificate]) -> list[ImageSpec]:
    """Return what each picture says. One query, and one for each certificate."""
    regions = {region.slug: region for region in PartnerRegion.objects.all()}
    return [_spec(certificate, regions) for certificate in certificates]


def _spec(certificate: Certificate, regions: dict[str, PartnerRegion]) -> ImageSpec:
    fen_of: dict[str, int] = {}
    for region, fen in certificate.sums.values_list("region", "fen"):
        fen_of[region] = fen_of.get(region, 0) + fen
    order = {slug: index for index, slug in enumerate(regions)}
    slugs = sorted(fen_of, key=lambda slug: (-fen_of[slug], order.get(slug, len(order)), slug))
    return ImageSpec(
        shop_name=settings.SHOP_NAME,
        shop_subline=settings.SHOP_SUBLINE,
        year=certificate.starts_on.year,
        fen=certificate.confirmed_fen,
        orders=certificate.orders,
        as_of=f"{certificate.ends_on}",
        code=shown_code(certificate.code),
        link=verify_link(certificate),
        demo=certificate.demo,
        places=tuple(_line(slug, regions.get(slug), fen_of[slug]) for slug in slugs),
    )


def _line(slug: str, region: PartnerRegion | None, fen: int) -> PlaceLine:
    if region is None:
        return PlaceLine(slug, "山", slug, slug, fen)
    return PlaceLine(slug, region.seal, f"{region.parent_zh}·{region.short_zh}", region.short_zh, fen)
