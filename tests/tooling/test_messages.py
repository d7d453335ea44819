"""The catalogues survive union merges, and nothing of ours stays English by accident."""

from pathlib import Path

import messages
import pytest
from babel.messages.catalog import Message


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
    assert messages.is_translated(found[("%(n)s item", None)])


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
