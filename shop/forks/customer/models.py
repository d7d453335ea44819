from oscar.apps.customer.models import *  # noqa: F403 - forks carry no columns (ADR 0002)
