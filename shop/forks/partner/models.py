from oscar.apps.partner.models import *  # noqa: F403 - forks carry no columns (ADR 0002)
