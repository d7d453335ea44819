"""What a Celery worker does before it has processes, so that each of them begins at once."""

import gc
import logging
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connections
from django.template.loader import get_template
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext

from shop.listings.selectors import current_shelf

logger = logging.getLogger(__name__)

_LETTERS = Path(settings.BASE_DIR) / "templates" / "emails"


def warm_up(**kwargs: Any) -> None:
    """Read translations, addresses, letters and the catalogue; processes forked from this one have them.

    A new process would need a second of work for them, while suppliers wait for their notices. A database that
    is not there yet is no reason not to start. Safe to call again; leaves no connection open.
    """
    try:
        with translation.override(settings.LANGUAGE_CODE):
            gettext("Basket")
            reverse("home")
            for letter in sorted(_LETTERS.glob("*.txt")):
                get_template(f"emails/{letter.name}")
            current_shelf()
    except DatabaseError as error:
        logger.warning("this worker starts cold: %s", type(error).__name__)
    finally:
        connections.close_all()
    # A page of memory stays shared until somebody writes to it; the collector would.
    gc.collect()
    gc.freeze()
