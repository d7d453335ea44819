"""What of a pasted text is a person's name: by its length, its surname and where it stands."""

import re

_SINGLE = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜"
    "戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文庞樊兰殷施陶"
    "洪翟安颜倪严牛温芦季俞章鲁葛伍韦申尤毕聂丛焦向柳邢路岳齐梅莫庄辛管祝左涂谷祁时舒耿牟卜詹关苗凌费纪靳盛童欧"
    "甄项曲成游阳裴席卫查屈鲍位覃霍翁隋甘景薄单包司柏宁柯阮桂闵解强柴华车冉房边辜吉饶刁瞿戚丘古米池滕晋苑邬臧畅"
    "宫来苟全褚廉简娄盖符奚木穆党燕郎邸冀谈姬屠连郜晏栾郁商蒙计喻揭窦迟宇敖糜鄢冷卓花仇艾蓝都巩稽井练仲乐虞卞封"
    "竺冼原官楚佟栗匡宗应台巫鞠僧桑荆谌银扬明沙伏岑习胥保和蔺水云昌凤皮卡元湛禹狄贝臻茅麻危骆干丰储宣贲裘缪经裕"
    "嵇滑松仰秋伊暴厉戎束幸韶蒲鄂籍双闻莘劳逄扶堵宰郦肖涂闫付代仝"
)
_DOUBLE = (
    "欧阳|上官|司马|诸葛|东方|皇甫|尉迟|公孙|慕容|司徒|令狐|夏侯|长孙|宇文|轩辕|南宫|端木|闻人|申屠|澹台"
)
_SURNAME = re.compile(rf"(?:{_DOUBLE})[\u4e00-\u9fff]{{1,2}}|[{_SINGLE}][\u4e00-\u9fff]{{1,2}}")
_LOOKS = re.compile(
    r"[\u4e00-\u9fff]{2,4}|[\u4e00-\u9fff]{1,12}(?:[·•][\u4e00-\u9fff]{1,12})+|[A-Za-z][A-Za-z .'-]{1,30}"
)
_RECEIVES = re.compile(r"\s*\((?:收|收件|收货|亲收)\)|\s*亲启$")
_TITLED = re.compile(r"(?:先生|女士|小姐|老师|师傅|阿姨|经理|医生)$")
#: How a part of an address ends. A person may end so too (王园, 李成城): the surname then decides.
_PART = re.compile(
    r"(?:[路街道巷弄里号室楼栋幢座层村组镇乡区县市省州盟旗苑园城府厦店站校院厂司场门口桥柜局处部]|单元|中心|大学|小学|中学|银行)$"
)
#: A name written against the end of a street: 市心中路1号张三.
_AT_END = re.compile(rf"(.*(?:号|室|楼|栋|幢|座|单元|户|层|\d))({_SURNAME.pattern})")


def plain_name(text: str) -> str:
    """Return a name without the words that say who receives: 张三(收)."""
    return _RECEIVES.sub("", text).strip(" ()")


def name_weight(text: str, *, in_front: bool, by_phone: bool) -> int:
    """Return how likely a word is the recipient's name; not at all for 0 and less.

    `in_front`: it stands before the place. A word behind it is one only with a surname, or beside the phone.
    """
    name = plain_name(text)
    if not _LOOKS.fullmatch(name):
        return 0
    weight = (3 if in_front else 0) + (3 if by_phone else 0) - 4
    weight += 2 if len(name) < 4 or name.isascii() else 0
    if _SURNAME.fullmatch(name) or _TITLED.search(name) or "·" in name:
        weight += 6
    if _PART.search(name):
        weight -= 5
    return weight


def name_in_front_of_phone(text: str) -> tuple[str, str]:
    """Return street and name where the name is written against the street's end; two empty texts where it is not."""
    found = _AT_END.fullmatch(text)
    return (found[1], found[2]) if found else ("", "")
