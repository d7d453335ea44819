"""What people paste from a conversation, taken apart."""

import random

import pytest

from shop.listings.areas import areas
from shop.ordering.address_places import UNSAID
from shop.ordering.address_text import ParsedAddress, parsed_address

XIAOSHAN = ("浙江省", "杭州市", "萧山区")
ROAD = "市心中路1号"


def parts(found: ParsedAddress) -> tuple[str, ...]:
    """Return what was found, in the order of the form."""
    return (
        found.recipient_name,
        found.phone.removeprefix("+86"),
        found.province,
        found.city,
        found.county,
        found.street,
    )


def person(*place: str, name: str = "张三", phone: str = "13800138000") -> tuple[str, ...]:
    """Return what is expected for somebody at a place: province, city, county, street."""
    return (name, phone, *place)


PASTED = [
    # The usual order, with what people put between.
    ("张三 13800138000 浙江省杭州市萧山区市心中路1号", person(*XIAOSHAN, ROAD)),
    ("张三，13800138000，浙江省杭州市萧山区市心中路1号", person(*XIAOSHAN, ROAD)),
    ("张三13800138000浙江省杭州市萧山区市心中路1号", person(*XIAOSHAN, ROAD)),
    ("张三\n13800138000\n浙江省 杭州市 萧山区 市心中路1号", person(*XIAOSHAN, ROAD)),
    ("张三;13800138000;浙江省/杭州市/萧山区;市心中路1号", person(*XIAOSHAN, ROAD)),
    ("张三 | 13800138000 | 浙江省-杭州市-萧山区-市心中路1号", person(*XIAOSHAN, ROAD)),
    # Other orders.
    ("浙江省杭州市萧山区市心中路1号 张三 13800138000", person(*XIAOSHAN, ROAD)),
    ("13800138000 张三 浙江省杭州市萧山区市心中路1号", person(*XIAOSHAN, ROAD)),
    ("浙江省杭州市萧山区市心中路1号，13800138000，张三", person(*XIAOSHAN, ROAD)),
    ("13800138000，浙江省杭州市萧山区市心中路1号，张三（收）", person(*XIAOSHAN, ROAD)),
    ("浙江省杭州市萧山区市心中路1号张三13800138000", person(*XIAOSHAN, ROAD)),
    ("市心中路1号 浙江省杭州市萧山区 张三 13800138000", person(*XIAOSHAN, ROAD)),
    # With labels, in full width, as shops copy them.
    ("收货人：张三\n电话：13800138000\n地址：浙江省杭州市萧山区市心中路1号", person(*XIAOSHAN, ROAD)),
    ("收件人:张三 手机号码:13800138000 收货地址:浙江省杭州市萧山区市心中路1号", person(*XIAOSHAN, ROAD)),
    (
        "收货人: 张三\n手机号码: 13800138000\n所在地区: 浙江省杭州市萧山区北干街道\n详细地址: 市心中路1号",
        person(*XIAOSHAN, "北干街道市心中路1号"),
    ),
    ("地址浙江省杭州市萧山区市心中路1号 电话13800138000 收货人张三", person(*XIAOSHAN, ROAD)),
    ("姓名：张三，手机：138-0013-8000，地址：浙江杭州萧山市心中路1号", person(*XIAOSHAN, ROAD)),
    ("【收货人】张三【电话】13800138000【地址】浙江省杭州市萧山区市心中路1号", person(*XIAOSHAN, ROAD)),
    (
        "联系人：张三；联系电话：13800138000；邮编：311200；地址：浙江省杭州市萧山区市心中路1号",
        person(*XIAOSHAN, ROAD),
    ),
    # Numbers as people write them.
    ("张三 +86 138 0013 8000 浙江省杭州市萧山区市心中路1号", person(*XIAOSHAN, ROAD)),
    ("张三 86-13800138000 浙江省杭州市萧山区市心中路1号", person(*XIAOSHAN, ROAD)),
    ("张三（+86）13800138000 浙江省杭州市萧山区市心中路1号", person(*XIAOSHAN, ROAD)),
    ("张三 １３８００１３８０００ 浙江省杭州市萧山区市心中路１号", person(*XIAOSHAN, ROAD)),
    ("张三 📱13800138000 🏠浙江省杭州市萧山区市心中路1号", person(*XIAOSHAN, ROAD)),
    ("张三 13800138000 0571-88888888 浙江省杭州市萧山区市心中路1号", person(*XIAOSHAN, ROAD)),
    # Places shortened, repeated, or without their upper levels.
    ("张三 13800138000 浙江杭州萧山区市心中路1号", person(*XIAOSHAN, ROAD)),
    ("张三 13800138000 杭州萧山市心中路1号", person(*XIAOSHAN, ROAD)),
    ("张三 13800138000 萧山区市心中路1号", person(*XIAOSHAN, ROAD)),
    ("张三 13800138000 中国浙江省杭州市萧山区 萧山区市心中路1号", person(*XIAOSHAN, ROAD)),
    ("你好，麻烦寄到：张三，13800138000，浙江省杭州市萧山区市心中路1号，谢谢", person(*XIAOSHAN, ROAD)),
]
#: Name and text, the names of the place, and the street.
ELSEWHERE = [
    ("李四", "北京市朝阳区建国路88号", "北京市 北京市 朝阳区", "建国路88号"),
    ("李四", "北京朝阳建国路88号", "北京市 北京市 朝阳区", "建国路88号"),
    ("王芳", "上海市市辖区浦东新区世纪大道100号", "上海市 上海市 浦东新区", "世纪大道100号"),
    ("王芳", "上海上海市黄浦区南京东路1号", "上海市 上海市 黄浦区", "南京东路1号"),
    ("欧阳娜娜", "重庆市忠县白公路1号", "重庆市 县 忠县", "白公路1号"),
    ("扎西", "四川甘孜康定市炉城街道1号", "四川省 甘孜藏族自治州 康定市", "炉城街道1号"),
    ("周杰", "浙江义乌稠州北路1号", "浙江省 金华市 义乌市", "稠州北路1号"),
    ("周杰", "湖北省仙桃市沔阳大道1号", "湖北省 省直辖县 仙桃市", "沔阳大道1号"),
    ("陈晨", "浙江台州路桥区路桥街道1号", "浙江省 台州市 路桥区", "路桥街道1号"),
    ("古丽·买买提", "新疆乌鲁木齐天山区人民路1号", "新疆维吾尔自治区 乌鲁木齐市 天山区", "人民路1号"),
    ("Li Lei", "广东省东莞市长安镇德政路1号", "广东省 东莞市 长安镇", "德政路1号"),
    ("王女士", "内蒙古呼和浩特赛罕区大学西街1号", "内蒙古自治区 呼和浩特市 赛罕区", "大学西街1号"),
]
PASTED += [
    (f"{name} 13800138000 {text}", person(*place.split(), street, name=name))
    for name, text, place, street in ELSEWHERE
]


@pytest.mark.parametrize(("text", "expected"), PASTED, ids=[text for text, _expected in PASTED])
def test_a_pasted_text_gives_its_parts(text: str, expected: tuple[str, ...]) -> None:
    found = parsed_address(text)
    assert parts(found) == expected
    assert (found.missing, found.wrong_number) == ((), False)


def test_there_are_forty_of_them() -> None:
    assert len(PASTED) >= 40


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("", ("recipient_name", "phone", "province", "city", "county", "street")),
        ("13800138000", ("recipient_name", "province", "city", "county", "street")),
        ("张三 浙江省杭州市萧山区市心中路1号", ("phone",)),
        ("张三 1380013800 浙江省杭州市萧山区市心中路1号", ("phone",)),
        ("张三 13800138000 浙江省杭州市萧山区", ("street",)),
        ("13800138000 浙江省杭州市萧山区市心中路1号", ("recipient_name",)),
        ("张三 13800138000 浙江省杭州市", ("county", "street")),
        ("张三 13800138000 市心中路1号", ("province", "city", "county")),
        # 玄武区 is of another city, and 朝阳区 of several.
        ("张三 13800138000 浙江省杭州市玄武区北京东路1号", ("county",)),
        ("张三 13800138000 浙江玄武区北京东路1号", ("province", "city", "county")),
        ("张三 13800138000 朝阳区建国路1号", ("province", "city", "county")),
        ("张三 13800138000 河北省桥西区中山路1号", ("city", "county")),
    ],
)
def test_what_a_text_does_not_say_is_named(text: str, missing: tuple[str, ...]) -> None:
    assert parsed_address(text).missing == missing


@pytest.mark.parametrize(
    "number", ["0571-88888888", "(0571)88888888", "010 6666 8888", "400-800-8000", "13800138000转1234"]
)
def test_a_number_that_receives_no_message_is_refused(number: str) -> None:
    found = parsed_address(f"张三 {number} 浙江省杭州市萧山区市心中路1号")
    assert (found.missing, found.wrong_number) == (("phone",), True)
    assert (found.recipient_name, found.street) == ("张三", ROAD)


@pytest.mark.parametrize(
    ("text", "place", "street"),
    [
        # A street is called after a place that it is not in.
        ("张三 13800138000 浙江省杭州市西湖大道1号", ("浙江省", "杭州市", ""), "西湖大道1号"),
        ("张三 13800138000 湖南长沙芙蓉中路1号", ("湖南省", "长沙市", ""), "芙蓉中路1号"),
        ("张三 13800138000 上海市黄浦区南京东路1号", ("上海市", "上海市", "黄浦区"), "南京东路1号"),
        ("张三 13800138000 浙江省杭州市萧山区萧山区政府", XIAOSHAN, "萧山区政府"),
        # Nothing of an uncertain place is lost.
        ("张三 13800138000 河北省桥西区中山路1号", ("河北省", "", ""), "桥西区中山路1号"),
        ("张三 13800138000 浙江省杭州市萧山区 市心中路1号 2幢 401室", XIAOSHAN, "市心中路1号2幢401室"),
        ("张三 13800138000 浙江省杭州市萧山区市心中路1号 Tower B 301", XIAOSHAN, "市心中路1号Tower B 301"),
    ],
)
def test_a_street_keeps_its_names(text: str, place: tuple[str, ...], street: str) -> None:
    found = parsed_address(text)
    assert (found.province, found.city, found.county) == place
    assert found.street == street


JUNK = (
    "浙江" * 250,
    "1" * 500,
    "(" * 500,
    "张三\n" * 200,
    "杭州市萧山区" * 90,
    "\ue001" * 9,
    "\x00" * 9,
)


@pytest.mark.parametrize("text", JUNK, ids=range(len(JUNK)))
def test_junk_is_read_and_gives_no_number(text: str) -> None:
    assert parsed_address(text).phone == ""


NAMES = ("张三", "李小明", "欧阳修文", "王芳", "陈晨曦", "司马光", "周杰伦", "赵六", "古丽·买买提")
STREETS = (
    "市心中路1号",
    "人民路88弄6号501室",
    "创新产业园3幢2单元1102",
    "幸福村12组",
    "解放东路甲18号",
    "和平小区7-2-301",
)
GAPS = (" ", ",", "，", "\n", "；", "  ", "\t", "、", " | ")
NUMBERS = ("{0}{1}{2}", "{0} {1} {2}", "{0}-{1}-{2}", "+86{0}{1}{2}", "+86 {0} {1} {2}", "86{0}{1}{2}")
LABELS = (
    ("", "", ""),
    ("收货人：", "电话：", "地址："),
    ("姓名:", "手机号:", "收货地址:"),
    ("收件人 ", "手机 ", "详细地址 "),
)


def test_whatever_is_written_comes_back() -> None:
    """Any place, name, number and street, in any order, between any separators, with labels or without."""
    pick = random.Random(20261129)
    triples = [
        (province.name, city.name, county.name)
        for province in areas()
        for city in province.areas
        for county in city.areas
        if county.name not in UNSAID
    ]
    for _ in range(600):
        province, city, county = pick.choice(triples)
        name, street = pick.choice(NAMES), pick.choice(STREETS)
        digits = f"1{pick.choice('3456789')}{pick.randrange(10**9):09d}"
        number = pick.choice(NUMBERS).format(digits[:3], digits[3:7], digits[7:])
        inside = pick.choice(("", " ", "-"))
        named = [place for place in (province, city, county) if place not in UNSAID]
        label = pick.choice(LABELS)
        pieces = [label[0] + name, label[1] + number, label[2] + inside.join([*named, street])]
        pick.shuffle(pieces)
        text = pick.choice(GAPS).join(pieces)
        assert parts(parsed_address(text)) == (name, digits, province, city, county, street), text
