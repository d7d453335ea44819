"""The codes that certificates are verified by: written in groups, read however people type them."""

import re
import secrets

#: Without I, L, O and U: no two of them look alike on paper.
_SYMBOLS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 12
_WRITTEN = re.compile(f"[{_SYMBOLS}]{{{LENGTH}}}")
_ALIKE = str.maketrans({"O": "0", "I": "1", "L": "1"})


def new_code() -> str:
    """Return a code of 60 random bits."""
    return "".join(secrets.choice(_SYMBOLS) for _ in range(LENGTH))


def read_code(text: str) -> str:
    """Return the code that somebody typed or scanned, "" for what is none; gaps and lookalikes do not matter."""
    plain = re.sub(r"[\s\-–·]", "", text, flags=re.ASCII).upper().translate(_ALIKE)
    return plain if _WRITTEN.fullmatch(plain) else ""


def shown_code(code: str) -> str:
    """Return a code in groups of four."""
    return " ".join(code[start : start + 4] for start in range(0, len(code), 4))
