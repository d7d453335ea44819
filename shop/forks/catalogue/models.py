from oscar.apps.catalogue.models import *  # noqa: F403 - forks carry no columns (ADR 0002)
