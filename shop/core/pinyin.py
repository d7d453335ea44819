"""Chinese in Latin letters. The library with its dictionaries is loaded with the first text (ADR 11)."""

from importlib import import_module


def syllables(text: str) -> list[str]:
    """Return the pinyin without tones, one syllable per Chinese character; what is not Chinese stays as it is.

    Knows phrases: 重庆 is chong qing, 重量 is zhong liang.
    """
    spoken: list[str] = import_module("pypinyin").lazy_pinyin(text)
    return spoken
