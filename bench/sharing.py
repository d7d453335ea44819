"""Give the batches of an article the pictures that were drawn of it; runs inside the shop, after the drawing."""

import os
from pathlib import Path

import django

django.setup()

from django.conf import settings  # noqa: E402 - after the setup

from bench.catalogue import base_of  # noqa: E402
from shop.core import clock  # noqa: E402
from shop.listings.models import Listing, ProductPicture  # noqa: E402
from shop.listings.pictures import FILES, FOLDER  # noqa: E402
from shop.listings.services import fold_marks  # noqa: E402
from shop.listings.share_models import SharePicture  # noqa: E402
from shop.listings.share_pictures import plan_share_pictures  # noqa: E402


def main() -> None:
    """Link the files and mark the pictures ready; print how many."""
    folder = Path(settings.MEDIA_ROOT) / FOLDER
    articles = dict(Listing.objects.values_list("product_id", "sku"))
    drawn = {
        articles[picture.product_id]: picture.key for picture in ProductPicture.objects.exclude(ready_at=None)
    }
    shared = []
    for picture in ProductPicture.objects.filter(ready_at=None):
        key = drawn.get(base_of(articles[picture.product_id]))
        if key is None:
            continue
        for ending in FILES.values():
            os.link(folder / f"{key}{ending}", folder / f"{picture.key}{ending}")
        shared.append(picture.pk)
    ProductPicture.objects.filter(pk__in=shared).update(ready_at=clock.now())
    # Those that shared links show were drawn long ago too: nothing reads them here, nothing is drawn beside a sale.
    plan_share_pictures()
    SharePicture.objects.update(ready_at=clock.now())
    # As the worker does every minute.
    while fold_marks():
        pass
    print(len(shared))


if __name__ == "__main__":
    main()
