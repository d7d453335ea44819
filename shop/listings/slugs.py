"""Addresses that people can read: Chinese names become pinyin."""

from django.utils.text import slugify

from shop.core.pinyin import syllables


def pinyin_slug(value: str, allow_unicode: bool = False) -> str:
    """Return the slug of a name: 黔东南土蜂蜜 500g → qian-dong-nan-tu-feng-mi-500g."""
    return slugify(" ".join(syllables(value)), allow_unicode=allow_unicode)
