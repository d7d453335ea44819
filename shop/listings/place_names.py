"""Places in the visitor's language."""

from collections.abc import Mapping
from types import MappingProxyType

from shop.listings.presentation import in_language
from shop.regions.models import PartnerRegion, Township, Village

#: The provinces of the area data as English pages call them.
PROVINCES_EN: Mapping[str, str] = MappingProxyType(
    {
        "北京市": "Beijing",
        "天津市": "Tianjin",
        "河北省": "Hebei",
        "山西省": "Shanxi",
        "内蒙古自治区": "Inner Mongolia",
        "辽宁省": "Liaoning",
        "吉林省": "Jilin",
        "黑龙江省": "Heilongjiang",
        "上海市": "Shanghai",
        "江苏省": "Jiangsu",
        "浙江省": "Zhejiang",
        "安徽省": "Anhui",
        "福建省": "Fujian",
        "江西省": "Jiangxi",
        "山东省": "Shandong",
        "河南省": "Henan",
        "湖北省": "Hubei",
        "湖南省": "Hunan",
        "广东省": "Guangdong",
        "广西壮族自治区": "Guangxi",
        "海南省": "Hainan",
        "重庆市": "Chongqing",
        "四川省": "Sichuan",
        "贵州省": "Guizhou",
        "云南省": "Yunnan",
        "西藏自治区": "Tibet",
        "陕西省": "Shaanxi",
        "甘肃省": "Gansu",
        "青海省": "Qinghai",
        "宁夏回族自治区": "Ningxia",
        "新疆维吾尔自治区": "Xinjiang",
        "台湾省": "Taiwan",
        "香港特别行政区": "Hong Kong",
        "澳门特别行政区": "Macao",
    }
)


def province_name(name: str) -> str:
    """Return a province's name; one that the area data does not know stays as it is."""
    return in_language(name, PROVINCES_EN.get(name, ""))


def short_name(region: PartnerRegion) -> str:
    """Return the region as cards call it: 旺苍, Wangcang."""
    return in_language(region.short_zh, region.short_en or region.name_en)


def full_name(region: PartnerRegion) -> str:
    """Return the region's whole name: 旺苍县, Wangcang County."""
    return in_language(region.name_zh, region.name_en)


def parent_name(region: PartnerRegion) -> str:
    """Return what the region lies in: 四川省广元市, Guangyuan, Sichuan."""
    return in_language(region.parent_zh, region.parent_en)


def placed_name(region: PartnerRegion) -> str:
    """Return the region with what it lies in; a city that both name is said once."""
    city, comma, rest = region.parent_en.partition(", ")
    around = rest if comma and region.name_en.endswith(f", {city}") else region.parent_en
    english = f"{region.name_en}, {around}" if around else ""
    return in_language(f"{region.parent_zh}{region.name_zh}", english)


def township_name(township: Township | None) -> str:
    """Return the township's name, "" where none is known."""
    return in_language(township.name_zh, township.name_en) if township else ""


def village_name(village: Village) -> str:
    """Return the village's name, "" where only the township is known."""
    return in_language(village.name_zh, village.name_en)
