import pytest

from shop.listings.models import LabelClass
from shop.listings.unit_price import counted, unit_price


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("30枚/盒", (30, "枚")),
        ("6只/盒", (6, "只")),
        ("12个/箱", (12, "个")),
        ("100穗/箱", (100, "穗")),
        ("100g/罐", None),
        ("60g×10个/盒", None),
        ("六样/盒", None),
        ("直径2.7m", None),
        ("1桌2椅/套", None),
        ("0枚/盒", None),
    ],
)
def test_pieces_are_read_from_the_specification(spec, expected):
    assert counted(spec) == expected


@pytest.mark.parametrize(
    ("price", "spec", "pieces", "grams", "kind", "expected"),
    [
        (16800, "100g/罐", None, 100, LabelClass.PACKAGED_FOOD, (84000, "/500g")),
        (3333, "1kg/袋", None, 1000, LabelClass.PRIMARY_AGRICULTURAL, (1667, "/500g")),
        (6800, "30枚/盒", 30, 1950, LabelClass.PACKAGED_FOOD, (227, "/枚")),
        (1500, "10枚/盒", 10, 650, LabelClass.PACKAGED_FOOD, (150, "/枚")),
        (16800, "6只/盒", 6, 720, LabelClass.CRAFT, (None, "")),
        (16800, "六样/盒", None, 1800, LabelClass.GIFT_BOX, (None, "")),
        (16800, "1件", None, None, LabelClass.PACKAGED_FOOD, (None, "")),
    ],
)
def test_the_unit_price_is_of_500_g_or_of_a_piece(price, spec, pieces, grams, kind, expected):
    found = unit_price(price_fen=price, spec=spec, pieces=pieces, net_weight_g=grams, label_class=kind)
    assert (found.fen, found.label) == expected
