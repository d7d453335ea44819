from oscar.apps.basket.models import *  # noqa: F403 - forks carry no columns (ADR 0002)
