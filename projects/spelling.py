"""How a name is found by what is typed on a keyboard: folded, by its initials in pinyin, or spelt out in full.

Text is folded before it is compared: full-width letters and digits are as good as half-width ones, large as small. What
the database searches is woven as well, for the sake of its index.
"""

import re
import unicodedata
from functools import lru_cache


def folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")


def woven(text: str) -> str:
    """'慈利A1' gives '慈慈利利A1'.

    An index by three characters in a row finds nothing of a word of two, and most words of Chinese have two. A text
    holds a word exactly when the woven text holds the woven word.
    """
    return _HAN.sub(r"\g<0>\g<0>", text)


@lru_cache(maxsize=10_000)
def syllables(text: str) -> tuple[str, ...]:
    """'慈利A1' gives 'ci', 'li', 'a', '1'. What is neither letter nor digit is left out."""
    from pypinyin import lazy_pinyin  # noqa: PLC0415  # 30 MB of dictionary: only for who writes or chooses names

    chunks = lazy_pinyin("".join(filter(str.isalnum, folded(text))), errors=" ".join)
    return tuple(syllable for chunk in chunks for syllable in chunk.split())


def initials(text: str) -> str:
    """'慈利基地' gives 'cljd'."""
    return "".join(each[0] for each in syllables(text))


def spelt(text: str) -> str:
    """'慈利基地' gives 'cilijidi'."""
    return "".join(syllables(text))


def finds(word: str, name: str) -> bool:
    """Whether the name is one of those meant by a word: a part of it, of its initials or of its spelling."""
    word = folded(word)
    return word in folded(name) or word in initials(name) or word in spelt(name)


def searchable(names: list[str], texts: list[str]) -> str:
    """What is searched for woven words: names also by pinyin, texts as they stand."""
    parts = [*names, *texts, *map(initials, names), *map(spelt, names)]
    return woven("\n".join(folded(part) for part in parts if part))
