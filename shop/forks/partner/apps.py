from oscar.apps.partner import apps


class PartnerConfig(apps.PartnerConfig):  # type: ignore[misc]
    name = "shop.forks.partner"
