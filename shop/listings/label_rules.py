"""Which label fields a class of goods must show before it may be sold."""

from collections.abc import Mapping
from types import MappingProxyType

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from shop.listings.models import FoodLabel, LabelClass

#: Stands where a number is required and none is known; only a demonstration may show it.
DEMO_NUMBER = "演示-无编号"
NUMBER_FIELDS = ("licence_no", "standard_no")

FIELD_NAMES: Mapping[str, str | Promise] = MappingProxyType(
    {
        "ingredients": _("ingredients"),
        "net_content": _("net content"),
        "producer": _("producer"),
        "shelf_life_days": _("shelf life"),
        "storage": _("storage"),
        "licence_no": _("food production licence number"),
        "standard_no": _("product standard number"),
        "allergens": _("allergens"),
    }
)

REQUIRED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        LabelClass.PACKAGED_FOOD: tuple(FIELD_NAMES),
        LabelClass.PRIMARY_AGRICULTURAL: ("ingredients", "net_content", "producer", "storage"),
        LabelClass.CRAFT: ("ingredients", "net_content", "producer", "storage"),
        LabelClass.GIFT_BOX: (
            "ingredients",
            "net_content",
            "producer",
            "shelf_life_days",
            "storage",
            "allergens",
        ),
    }
)


def missing_fields(label: FoodLabel) -> list[str]:
    """Return the fields that the label's class requires and that are empty, in label order."""
    return [name for name in REQUIRED[label.label_class] if getattr(label, name) in ("", None)]


def demo_numbers(label: FoodLabel) -> list[str]:
    """Return the number fields that hold only the demonstration's placeholder."""
    return [name for name in NUMBER_FIELDS if getattr(label, name) == DEMO_NUMBER]
