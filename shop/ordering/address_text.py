"""Recipient, phone and address out of what people paste: 张三 13800138000 浙江省杭州市萧山区市心中路1号.

Pure: reads no table and knows no request. Nothing is guessed: a part that the text does not name stays empty.
"""

import re
import unicodedata
from dataclasses import dataclass, fields, replace

from shop.ordering.address_names import name_in_front_of_phone, name_weight, plain_name
from shop.ordering.address_places import Names, find_place

LONGEST_TEXT = 500
#: Marks that stand for a label, or for a part that was taken out; from the private characters of Unicode.
_NAME, _TEL, _ADDRESS, _POST, _PLACE, _PHONE = (chr(0xE001 + number) for number in range(6))
_LABEL_MARKS = (_NAME, _TEL, _ADDRESS, _POST)
_MARKS = f"{_NAME}{_TEL}{_ADDRESS}{_POST}{_PLACE}{_PHONE}\n"
#: A mark, the words that have it, and those that have it only with a colon behind.
_LABELS = (
    (
        _NAME,
        "(?:收货|收件)人姓名|(?:收货人|收件人|联系人)(?!信息|地址|电话|手机|联系)|姓名|名字",
        "name|recipient",
    ),
    (
        _TEL,
        "(?:收货人?|收件人?|联系人?)?(?:手机号码|手机号|手机|电话号码|电话)|联系方式",
        "tel|phone|mobile",
    ),
    (
        _ADDRESS,
        "(?:收货人?|收件人?|详细|联系|街道)地址|所在地区|所在区域|省市区|地址",
        "省份|城市|区县|地区|街道|(?:收货人?|收件人?)信息|address",
    ),
    (_POST, "邮政编码|邮编", "post ?code|zip"),
)
_UNSEEN = ("Cc", "Cf", "Co", "Cs", "Cn", "Mn")
_BRACKETS = re.compile(r"[【】\[\]<>《》“”\"'{}]")
_COUNTRY = r"(?:\(?(?:\+ ?|00)?86\)?[ -]{0,2})?"
#: A mobile number: in one run, in the usual groups, in any groups; the first is the surest.
_MOBILE = tuple(
    re.compile(rf"(?<![\d+]){_COUNTRY}({digits})(?!\d)")
    for digits in (
        r"1[3-9]\d{9}",
        r"1[3-9]\d[ -]{1,2}\d{4}[ -]{1,2}\d{4}",
        r"1[3-9](?:[ -]?\d){9}",
    )
)
#: Numbers that receive no message: landlines, service numbers, and mobile ones that need an extension.
_OTHER_NUMBER = re.compile(
    r"(?<!\d)(?:(?:\+|00)86[ -]?)?(?:\(0\d{2,3}\)|0\d{2,3})[ -]{0,2}\d{3,4}[ -]?\d{4}(?!\d)"
    r"|(?<!\d)400(?:-?\d){7}(?!\d)|(?<!\d)1[3-9]\d{9} ?(?:转|-) ?\d{4}(?!\d)"
)
_SEPARATORS = re.compile(r"(?:[\s,;|、。!?~]|(?<!\d):|:(?!\d))+")
_EDGES = ".:/-+=*_"
_LATIN_GAP = re.compile(r"(?<=[A-Za-z]) (?=[A-Za-z])")
_HELD_GAP = chr(0xE00F)
#: What people write around an address and no courier needs.
_CHATTER = frozenset(
    "你好 您好 谢谢 麻烦 麻烦了 收 收货 收件 寄到 发到 到付 包邮 默认 家 公司 先生 女士 小姐 中国".split()  # noqa: SIM905 - one line
)
_SAYS_WHERE = re.compile(r"\d|[路街道巷弄号室楼栋幢座村组镇乡苑园城厦店站校院厂]")
_HOUSE = re.compile(r"\d+(?:号|室|楼|栋|幢|座|单元|层)")
#: A county's name that begins what is in the county: 萧山区政府.
_OF_COUNTY = re.compile(
    r"政府|人民|法院|检察|公安|医院|中医|妇幼|教育|文化|图书|体育|实验|第|委|行政|工业|高新"
)


@dataclass(frozen=True)
class ParsedAddress:
    """The parts of an address; empty where the text does not say. `phone` is E.164.

    `wrong_number`: the text has a landline, or a number with an extension, and no mobile number.
    """

    recipient_name: str = ""
    phone: str = ""
    province: str = ""
    city: str = ""
    county: str = ""
    street: str = ""
    wrong_number: bool = False

    @property
    def missing(self) -> tuple[str, ...]:
        """Return the names of the parts that were not found, in the order of a form."""
        return tuple(part.name for part in fields(self) if part.type is str and not getattr(self, part.name))


@dataclass(frozen=True)
class _Word:
    """A run of the text without separators: its label, whether it is behind the place, against it, beside the phone."""

    text: str
    label: str
    behind: bool
    glued: bool
    by_phone: bool = False


def parsed_address(text: str) -> ParsedAddress:
    """Return what the text says, in any order, with labels or without; at most its first 500 characters are read."""
    plain = _marked(_plain(text))
    marked = re.sub(_OTHER_NUMBER, _PHONE, plain)
    phone, marked = _without_phone(marked)
    place = find_place(marked)
    names: Names = place.names if place else ("", "", "")
    if place:
        marked = f"{marked[: place.start]}{_PLACE}{marked[place.end :]}"
    name, rest = _name_and_rest([word for word in _words(marked) if not _is_idle(word)])
    return ParsedAddress(
        recipient_name=name,
        phone=phone,
        province=names[0],
        city=names[1],
        county=names[2],
        street=_street(rest, names),
        wrong_number=not phone and _OTHER_NUMBER.search(plain) is not None,
    )


def _plain(text: str) -> str:
    """Return the text with full-width characters undone, without what is not seen, and pictures as blanks."""
    kept = []
    for character in unicodedata.normalize("NFKC", text[:LONGEST_TEXT]):
        category = unicodedata.category(character)
        if character in "\n\t" or category not in _UNSEEN:
            kept.append(" " if category == "So" else character)
    return _BRACKETS.sub(" ", "".join(kept)).strip()


def _marked(text: str) -> str:
    """Put marks in the place of labels: with a colon anywhere, without one where a word begins."""
    for mark, words, only_with_colon in _LABELS:
        text = re.sub(rf"(?:{words}|{only_with_colon})\s*:", mark, text, flags=re.IGNORECASE)
        text = re.sub(rf"(?<![\u4e00-\u9fff])(?:{words})", mark, text)
    return re.sub(r"(?:手机|电话)(?=\s*\+?\d{3})", _TEL, text)


def _without_phone(text: str) -> tuple[str, str]:
    """Return the first mobile number in E.164, the surest way of writing first, and the text without any."""
    phone = ""
    for pattern in _MOBILE:
        found = pattern.search(text)
        if found and not phone:
            phone = "+86" + re.sub(r"\D", "", found[1])
            text = pattern.sub(_PHONE, text)
    return phone, text


def _words(text: str) -> list[_Word]:
    """Return the words between marks and separators. A label goes to the word behind it."""
    words: list[_Word] = []
    label, behind, glued, open_end, after_phone = "", False, False, False, False
    for piece in re.split(f"([{_MARKS}])", _LATIN_GAP.sub(_HELD_GAP, text)):
        if piece and piece in _MARKS:
            label = piece if piece in _LABEL_MARKS else ""
            glued = piece == _PLACE
            behind = behind or glued
            if piece == _PHONE and open_end:
                words[-1] = replace(words[-1], by_phone=True)
            open_end = open_end and piece != _PLACE
            after_phone = piece == _PHONE or (after_phone and piece != _PLACE)
            continue
        for number, run in enumerate(_SEPARATORS.split(piece)):
            word = run.strip(_EDGES).replace(_HELD_GAP, " ")
            if word:
                words.append(_Word(word, label, behind, glued and number == 0, after_phone))
                label = label if label == _TEL else ""
                open_end, after_phone = True, False
    return words


def _name_and_rest(words: list[_Word]) -> tuple[str, list[_Word]]:
    """Choose the word that is a person's name: the labelled one, else the likeliest; without one, none is."""
    chosen = next((word for word in words if word.label == _NAME), None) or _likeliest(words)
    if chosen:
        return plain_name(chosen.text), [word for word in words if word is not chosen]
    for number, word in enumerate(words):
        street, name = name_in_front_of_phone(word.text) if word.by_phone else ("", "")
        if name:
            return name, [*words[:number], replace(word, text=street), *words[number + 1 :]]
    return "", words


def _likeliest(words: list[_Word]) -> _Word | None:
    weights = [
        0
        if word.glued or word.label == _ADDRESS
        else name_weight(word.text, in_front=not word.behind, by_phone=word.by_phone)
        for word in words
    ]
    best = max(weights, default=0)
    return words[weights.index(best)] if best > 0 else None


def _is_idle(word: _Word) -> bool:
    """Say whether a word is a greeting, a post code, or what is left of a number."""
    if word.text in _CHATTER or word.label == _POST or re.fullmatch(r"\d{6}", word.text):
        return True
    return word.label == _TEL and re.fullmatch(r"[\d() -]+", word.text) is not None


def _street(words: list[_Word], names: Names) -> str:
    """Return what is behind the place, then what before it names a house; without any, what looks like a street."""
    chosen = [word.text for word in words if word.behind]
    pattern = _HOUSE if chosen else _SAYS_WHERE
    chosen += [word.text for word in words if not word.behind and pattern.search(word.text)]
    street = ""
    for text in chosen:
        blank = " " if street and street[-1].isascii() and text[0].isascii() else ""
        street += blank + text
    return _without_repeat(street, names)


def _without_repeat(street: str, names: Names) -> str:
    """Take off the place where the text names it twice, as copied forms do."""
    province, city, county = names
    if not county:
        return street
    for again in (province + city + county, city + county, province + county, county):
        rest = street.removeprefix(again)
        if rest and rest != street and not (again == county and _OF_COUNTY.match(rest)):
            return rest
    return street
