"""The catalogues survive union merges, and nothing of ours stays English by accident."""

import re
from pathlib import Path

import marked_texts
import messages
import pytest
from babel.messages.catalog import Message
from django.utils.translation import gettext, override
from marked_texts import oscar_messages


def _catalogue(folder: Path, text: str) -> Path:
    path = folder / "zh_Hans" / "LC_MESSAGES" / "django.po"
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_doubles_of_a_union_merge_become_one(tmp_path: Path) -> None:
    path = _catalogue(
        tmp_path,
        'msgid ""\nmsgstr "Language: zh_Hans\\n"\n\nmsgid "Pay"\nmsgstr ""\n'
        'msgid "Pay"\nmsgstr "付款"\n\nmsgid "Ship"\nmsgstr "发货"\n\nmsgid "Pay"\nmsgstr ""\n',
    )
    found, faults = messages.read_catalogue(path)
    assert {key[0]: message.string for key, message in found.items()} == {"Pay": "付款", "Ship": "发货"}
    assert faults == []


def test_two_translations_are_named_and_the_later_counts(tmp_path: Path) -> None:
    path = _catalogue(tmp_path, 'msgid "Pay"\nmsgstr "付款"\n\nmsgid "Pay"\nmsgstr "支付"\n')
    found, faults = messages.read_catalogue(path)
    assert found[("Pay", None)].string == "支付"
    assert faults == ["django.po: two translations of 'Pay': '付款', '支付'"]


def test_one_plural_form_is_enough_in_chinese(tmp_path: Path) -> None:
    path = _catalogue(tmp_path, 'msgid "%(n)s item"\nmsgid_plural "%(n)s items"\nmsgstr[0] "%(n)s 件"\n')
    found, faults = messages.read_catalogue(path)
    assert faults == []
    assert marked_texts.is_translated(found[("%(n)s item", None)])


@pytest.mark.parametrize(
    ("entry", "wrong"),
    [
        ('msgid "%(n)s left"\nmsgstr "剩 %(n)s"\n', False),
        ('msgid "%(n)s left"\nmsgstr "剩"\n', True),
        ('msgid "%(n)s left"\nmsgstr "剩 %(m)s"\n', True),
        ('msgid "one"\nmsgid_plural "%(n)s left"\nmsgstr[0] "剩 %(n)s"\n', False),
    ],
)
def test_placeholders_are_compared(tmp_path: Path, entry: str, wrong: bool) -> None:
    found, _ = messages.read_catalogue(_catalogue(tmp_path, entry))
    assert [messages._wrong_placeholders(message) for message in found.values()] == [wrong]


def test_update_sorts_adds_and_keeps_a_library_correction(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _catalogue(
        tmp_path,
        'msgid "Ship"\nmsgstr "发货"\n\nmsgid "Gone"\nmsgstr "没了"\n\nmsgid "Partner"\nmsgstr "帮扶供应商"\n',
    )
    monkeypatch.setattr(messages, "ROOT", tmp_path)
    monkeypatch.setattr(messages, "LOCALE", tmp_path)
    own = {(text, None): Message(text) for text in ("Ship", "Pay")}
    monkeypatch.setattr(messages, "own_messages", lambda: own)
    monkeypatch.setattr(messages, "library_texts", lambda: {"Partner"})
    monkeypatch.setattr(messages, "OSCAR_LOCALE", tmp_path / "oscar")
    monkeypatch.setattr(messages, "american_words", lambda: {("Pay", None)})
    monkeypatch.setattr(messages, "oscar_gaps", lambda: {("Skip", None): Message("Skip")})
    messages.update()
    once = path.read_bytes()
    messages.update()
    assert path.read_bytes() == once
    found, faults = messages.read_catalogue(path)
    assert [(key[0], message.string) for key, message in found.items()] == [
        ("Partner", "帮扶供应商"),
        ("Pay", ""),
        ("Ship", "发货"),
    ]
    assert faults == []
    english, _faults = messages.read_catalogue(tmp_path / "en" / "LC_MESSAGES" / "django.po")
    assert {key[0]: message.string for key, message in english.items()} == {"Pay": "Pay", "Ship": ""}


def test_update_keeps_what_is_translated_for_oscar_and_drops_what_oscar_has_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = _catalogue(tmp_path / "oscar", 'msgid "Set"\nmsgstr "批次"\n\nmsgid "Closed"\nmsgstr "已有译文"\n')
    monkeypatch.setattr(messages, "ROOT", tmp_path)
    monkeypatch.setattr(messages, "LOCALE", tmp_path)
    monkeypatch.setattr(messages, "OSCAR_LOCALE", tmp_path / "oscar")
    monkeypatch.setattr(messages, "own_messages", dict)
    monkeypatch.setattr(messages, "library_texts", set)
    monkeypatch.setattr(messages, "american_words", set)
    gaps = {("Set", None): Message("Set"), ("New", None): Message("New")}
    monkeypatch.setattr(messages, "oscar_gaps", lambda: gaps)
    messages.update()
    found, faults = messages.read_catalogue(path)
    assert {key[0]: message.string for key, message in found.items()} == {"New": "", "Set": "批次"}
    assert faults == []
    assert "dropped 'Closed'" in capsys.readouterr().out


def _marked(folder: Path, name: str, text: str) -> None:
    path = folder / "oscar" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_a_gap_is_what_nobody_has_translated_for_certain(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _marked(
        tmp_path,
        "views.py",
        '_("Known")\n_("Doubtful")\n_("Ours")\n_("")\nngettext("%(n)d bag", "%(n)d bags", n)\n',
    )
    _marked(tmp_path, "templates/page.html", "{% load i18n %}\n  <p>{% trans 'Nowhere' %}</p>\n")
    _catalogue(
        tmp_path / "oscar" / "locale",
        'msgid "Known"\nmsgstr "已知"\n\n#, fuzzy\nmsgid "Doubtful"\nmsgstr "存疑"\n\n'
        'msgid "Ours"\nmsgstr ""\n\nmsgid "%(n)d bag"\nmsgstr "%(n)d 袋"\n',
    )
    _catalogue(tmp_path / "own", 'msgid "Ours"\nmsgstr "我们的"\n')
    monkeypatch.setattr(marked_texts, "PACKAGES", tmp_path)
    monkeypatch.setattr(messages, "LOCALE", tmp_path / "own")
    gaps = messages.oscar_gaps()
    assert {key[0]: message.locations[0][0] for key, message in gaps.items()} == {
        "Doubtful": "oscar/views.py",
        "%(n)d bag": "oscar/views.py",
        "Nowhere": "oscar/templates/page.html",
    }
    assert messages.problems_of({("Nowhere", None): gaps["Nowhere", None]}, {}) == [
        "not translated: 'Nowhere' (oscar/templates/page.html)"
    ]


def test_a_doubtful_translation_is_a_problem(tmp_path: Path) -> None:
    found, _ = messages.read_catalogue(_catalogue(tmp_path, '#, fuzzy\nmsgid "Pay"\nmsgstr "付款"\n'))
    wanted: dict[marked_texts.Key, Message] = {("Pay", None): Message("Pay", locations=[("shop/pay.py", 0)])}
    assert messages.problems_of(wanted, found) == ["fuzzy: 'Pay' (shop/pay.py)"]


def test_oscar_has_no_gap_left_and_the_basket_is_no_cart() -> None:
    """What Django really says: on Chinese pages Chinese, on English ones our words and not a library's."""
    with override("zh-hans"):
        english = [text for text, context in oscar_messages() if context is None and gettext(text) == text]
    # Signs are written alike in both languages, and so is this one word.
    words = [text for text in english if re.search(r"[A-Za-z]{4}", re.sub(r"%\(\w+\)s", "", text))]
    assert words == ["HTML"]
    with override("en"):
        changed = {
            text: gettext(text)
            for (text, context), message in messages.own_messages().items()
            if context is None and not message.pluralizable and gettext(text) != text
        }
    assert changed == {}


def test_the_shop_has_one_name_in_chinese() -> None:
    """平台口径 is a term of the counting rules; other platforms are other people's."""
    catalogue, _faults = messages.read_catalogue(messages.LOCALE / "zh_Hans" / "LC_MESSAGES" / "django.po")
    said = [str(part) for message in catalogue.values() for part in _strings(message)]
    wrong = [
        text
        for text in said
        if "平台" in text.replace("平台口径", "").replace("外部平台", "") or "商店" in text
    ]
    assert wrong == []


def _strings(message: Message) -> list[str]:
    text = message.string or ""
    return [text] if isinstance(text, str) else [part or "" for part in text]
