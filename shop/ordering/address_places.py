"""Where a pasted text names a province, city and county, in full or as people shorten them: 浙江杭州萧山."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from shop.listings.areas import Area, areas

#: Rows of the area data that nobody writes into an address.
UNSAID = frozenset({"县", "省直辖县", "自治区直辖县级行政区划", "市辖区"})
_PEOPLES = (
    "维吾尔族?|哈萨克族?|柯尔克孜族?|蒙古族?|塔吉克族?|锡伯族?|达斡尔族|鄂温克族|朝鲜族|土家族|布依族|哈尼族|"
    "傈僳族|景颇族|拉祜族|布朗族|纳西族|独龙族|普米族|仫佬族|毛南族|仡佬族|保安族|东乡族|撒拉族|裕固族|各族|"
    "[藏羌彝回满壮苗侗傣白怒土瑶黎畲水佤]族"
)
_SELF_RULED = re.compile(rf"(?:{_PEOPLES})+自治([区州县旗])$")
_ENDING = re.compile(r"(?:特别行政区|自治[区州县旗]|新区|地区|省|市|区|县|盟|旗)$")
#: What may stand between two names of one address; forms of the state write 市辖区 where there is nothing to say.
_GAP_CHARACTERS = r"[\s,、/|>\-·.;\ue003]*"
_GAP = re.compile(rf"{_GAP_CHARACTERS}(?:市辖区{_GAP_CHARACTERS})?")
_GAP_END = re.compile(rf"{_GAP_CHARACTERS}\Z")
#: A short name before one of these is a part of a street's: 西湖大道, 芙蓉中路, 北京西路, 长安镇.
_STREET = re.compile(
    r"[东南西北中上下前后内外新老一二三四]{0,2}"
    r"(?:路|街|大道|道|大街|巷|弄|里|胡同|桥|站|港|机场|公园|广场|大厦|大学|医院|酒店|镇|乡|村|苑|花园|小区)"
)
_HAN = re.compile(r"[\u4e00-\u9fff]")

Names = tuple[str, str, str]


@dataclass(frozen=True)
class Place:
    """Province, city and county as far as they are certain, and where the text names them."""

    names: Names
    start: int
    end: int


@dataclass(frozen=True)
class _Spot:
    start: int
    end: int
    in_full: bool


@dataclass(frozen=True)
class _Match:
    """One reading: `levels` names are in the text, the first of them in full or not."""

    names: Names
    start: int
    end: int
    levels: int
    in_full: bool

    @property
    def weight(self) -> tuple[int, bool, bool, int, int]:
        """Return by what readings are compared: how much of the text it explains, then which comes first."""
        return self.levels, bool(self.names[2]), self.in_full, self.end - self.start, -self.start


def find_place(text: str) -> Place | None:
    """Return the place that the text names; None without one.

    Where it fits several places (朝阳区 alone), the levels that they share are returned, the others empty.
    """
    matches = list(_matches(text))
    if not matches:
        return None
    best = max(matches, key=lambda match: match.weight)
    names = _shared([match.names for match in matches if match.weight == best.weight])
    if not names[0]:
        return None
    if names != best.names:
        # What the levels left open were read from stays in the text.
        sure = [match for match in matches if match.names == names and match.start == best.start]
        return Place(names, best.start, max((match.end for match in sure), default=best.start))
    return Place(names, best.start, best.end)


@cache
def forms(name: str) -> tuple[str, ...]:
    """Return how a place is written, the full name first: 甘孜藏族自治州, 甘孜州, 甘孜. Empty for what nobody says."""
    if name in UNSAID:
        return ()
    found = [name]
    self_ruled = _SELF_RULED.search(name)
    if self_ruled and self_ruled.start() > 1:
        base = name[: self_ruled.start()]
        found += [base + self_ruled[1], base] if self_ruled[1] != "区" else [base]
    else:
        found.append(_ENDING.sub("", name))
    return tuple(dict.fromkeys(form for form in found if form == name or len(_ENDING.sub("", form)) > 1))


@cache
def _all_forms() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the forms of all provinces, and of all provinces and cities."""
    provinces = tuple(form for province in areas() for form in forms(province.name))
    cities = tuple(form for province in areas() for city in province.areas for form in forms(city.name))
    return provinces, (*provinces, *cities)


def _matches(text: str) -> Iterator[_Match]:
    for province in areas():
        for spot in _spots(text, province):
            yield from _in_province(text, province, spot)
        for city in province.areas:
            for spot in _spots(text, city):
                if _may_begin(text, spot, _all_forms()[0], anywhere=spot.in_full):
                    yield from _in_city(text, (province.name, city), spot, spot, 1)
            for county in city.areas:
                yield from _alone(text, (province.name, city.name, county))


def _in_province(text: str, province: Area, first: _Spot) -> Iterator[_Match]:
    """Read on behind a province: its cities, or at once a county of one of them."""
    if first.in_full:
        yield _Match((province.name, "", ""), first.start, first.end, 1, True)
    for city in province.areas:
        spot = _next(text, first.end, city)
        if spot:
            yield from _in_city(text, (province.name, city), first, spot, 2)
        yield from _counties(text, (province.name, city), first, first.end, 2)


def _in_city(text: str, named: tuple[str, Area], first: _Spot, spot: _Spot, levels: int) -> Iterator[_Match]:
    province, city = named
    if levels > 1 or first.in_full:
        yield _Match((province, city.name, ""), first.start, spot.end, levels, first.in_full)
    yield from _counties(text, named, first, spot.end, levels + 1)


def _counties(text: str, named: tuple[str, Area], first: _Spot, at: int, levels: int) -> Iterator[_Match]:
    province, city = named
    for county in city.areas:
        spot = _next(text, at, county)
        # 长沙 is the city, not 长沙县.
        if spot and (spot.in_full or text[spot.start : spot.end] not in forms(city.name)):
            yield _Match((province, city.name, county.name), first.start, spot.end, levels, first.in_full)


def _alone(text: str, named: tuple[str, str, Area]) -> Iterator[_Match]:
    """Read a county without its province and city: in full, where something begins."""
    province, city, county = named
    if county.name in UNSAID or county.name not in text:
        return
    for spot in _spots(text, county):
        if spot.in_full and len(county.name) > 2 and _may_begin(text, spot, _all_forms()[1], anywhere=False):
            yield _Match((province, city, county.name), spot.start, spot.end, 1, True)


def _may_begin(text: str, spot: _Spot, above: tuple[str, ...], *, anywhere: bool) -> bool:
    """Say whether an address can begin here: not behind the name of a place that it is not in."""
    if not anywhere and spot.start and _HAN.match(text[spot.start - 1]):
        return False
    return not _GAP_END.sub("", text[: spot.start]).endswith(above)


def _spots(text: str, area: Area) -> Iterator[_Spot]:
    for form in forms(area.name):
        start = text.find(form)
        while start >= 0:
            spot = _Spot(start, start + len(form), form == area.name)
            if _is_named(text, spot, area):
                yield spot
            start = text.find(form, start + 1)


def _next(text: str, at: int, area: Area) -> _Spot | None:
    """Return where the area is named right behind a place that it is in."""
    gap = _GAP.match(text, at)
    start = gap.end() if gap else at
    for form in forms(area.name):
        if text.startswith(form, start):
            spot = _Spot(start, start + len(form), form == area.name)
            if _is_named(text, spot, area):
                return spot
    return None


def _is_named(text: str, spot: _Spot, area: Area) -> bool:
    """Say whether the name stands for the place, not for a street called after it: 台州路桥区, but 西湖大道."""
    if spot.in_full or not _STREET.match(text, spot.end):
        return True
    below = (*area.areas, *(county for city in area.areas for county in city.areas))
    return any(text.startswith(form, spot.end) for inner in below for form in forms(inner.name))


def _shared(names: list[Names]) -> Names:
    """Return the levels that all readings have in common."""
    first, shared = names[0], ["", "", ""]
    for level in range(3):
        if any(other[level] != first[level] for other in names):
            break
        shared[level] = first[level]
    return shared[0], shared[1], shared[2]
