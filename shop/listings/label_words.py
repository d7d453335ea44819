"""What labels say in set words, in English; whatever else a supplier has typed stays as it is."""

from collections.abc import Mapping
from types import MappingProxyType

from shop.listings.label_rules import DEMO_NUMBER

#: The groups of GB 7718 as labels name them, the usual ways of keeping goods, and what stands for nothing.
SET_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "无": "none",
        DEMO_NUMBER: "example, no number",
        "含有麸质的谷物及其制品": "cereals containing gluten",
        "甲壳纲类动物及其制品": "crustaceans",
        "鱼类及其制品": "fish",
        "蛋类及其制品": "eggs",
        "花生及其制品": "peanuts",
        "大豆及其制品": "soya",
        "乳及乳制品": "milk",
        "坚果及其果仁类制品": "nuts",
        "常温避光保存,开封后冷藏": "Keep at room temperature away from light; chill once opened",
        "避免磕碰,常温存放": "Keep at room temperature; handle with care",
        "阴凉干燥处密封避光保存": "Keep sealed in a cool, dry and dark place",
        "通风阴凉处存放": "Keep in a cool and airy place",
        "0至4摄氏度冷藏": "Keep chilled at 0 to 4 °C",
        "零下18摄氏度以下冷冻": "Keep frozen below −18 °C",
    }
)


def english_label(text: str) -> str:
    """Return what the label says in English, "" when one of its parts is not in set words."""
    parts = [SET_WORDS.get(part, "") for part in text.split("、")]
    return ", ".join(parts) if all(parts) else ""
