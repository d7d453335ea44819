"""对公转账: the buyer writes a short code into the transfer's remark; two of the staff match it. No network."""

import hashlib
import re
import unicodedata
from collections.abc import Mapping

from django.conf import settings

from shop.gateways.providers.base import (
    BadNotice,
    Instructions,
    ProviderObject,
    ProviderSession,
    ProviderState,
    ProviderUnavailable,
    RefundNews,
    RefundResult,
    RefundState,
    SessionRequest,
    VerifiedNotice,
)

#: Crockford's base 32: no I, L, O, U. People copy the code by hand and banks print it in capitals.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LOOKALIKES = str.maketrans({"I": "1", "L": "1", "O": "0"})
_BODY_LENGTH = 7
#: What people and banks put between the characters of a code.
_SEPARATORS = re.compile(r"[\s\-‐‑–—_./·:]+")
_RUNS = re.compile(r"[0-9A-Z]{8,}")


def _check_character(body: str) -> str:
    """Return the Luhn mod 32 character: it catches every single slip and most swaps of neighbours."""
    total = 0
    for position, character in enumerate(reversed(body)):
        value = ALPHABET.index(character) * (2 if position % 2 == 0 else 1)
        total += value // 32 + value % 32
    return ALPHABET[-total % 32]


def code_for(idempotency_key: str) -> str:
    """Return the code of an attempt: 7 characters and a check character, always the same for a key."""
    number = int.from_bytes(hashlib.sha256(f"transfer:{idempotency_key}".encode()).digest()[:8], "big")
    body = "".join(ALPHABET[number >> (5 * place) & 31] for place in range(_BODY_LENGTH))
    return body + _check_character(body)


def normalise(typed: str) -> str | None:
    """Return the code as stored, or None when it is not one (length, characters or check are wrong)."""
    code = "".join(
        unicodedata.normalize("NFKC", typed).upper().translate(_LOOKALIKES).replace("-", " ").split()
    )
    if len(code) != _BODY_LENGTH + 1 or any(character not in ALPHABET for character in code):
        return None
    return code if _check_character(code[:-1]) == code[-1] else None


def codes_in(text: str) -> list[str]:
    """Return every run of characters in a remark that is a code by its check character, however it is spaced.

    One in 32 other runs passes too: a code counts only when an order has it.
    """
    bare = _SEPARATORS.sub("", unicodedata.normalize("NFKC", text).upper())
    length = _BODY_LENGTH + 1
    found = [
        code
        for run in _RUNS.findall(bare)
        for start in range(len(run) - length + 1)
        if (code := normalise(run[start : start + length]))
    ]
    return list(dict.fromkeys(found))


def spelled(code: str) -> str:
    """Return the code in two groups of four, as people read it."""
    return f"{code[:4]}-{code[4:]}"


def instructions(code: str) -> Instructions:
    """Return what the buyer needs to make the transfer; in a demonstration without an account, placeholders."""
    account = settings.BANK_TRANSFER_ACCOUNT
    placeholder = not all(account.values())
    return Instructions(
        code=spelled(code),
        account_name="" if placeholder else account["name"],
        bank="" if placeholder else account["bank"],
        account_number="0000 0000 0000 0000" if placeholder else account["number"],
        placeholder=placeholder,
    )


class BankTransferProvider:
    """The bank tells us nothing: money is known when two people have read the statement."""

    name = "bank_transfer"
    by_hand = True
    expiry_is_final = True

    def create_session(self, request: SessionRequest) -> ProviderSession:
        """Return the code to write into the remark."""
        code = code_for(request.idempotency_key)
        return ProviderSession(reference=code, instructions=instructions(code))

    def fetch(self, reference: str) -> ProviderObject:
        """Return pending: a confirmed transfer is captured at once, never fetched."""
        return ProviderObject(reference=reference, state=ProviderState.PENDING)

    def expire(self, reference: str) -> ProviderObject:
        """Return expired: a transfer cannot be stopped, late money is recognised by its code all the same."""
        return ProviderObject(reference=reference, state=ProviderState.EXPIRED)

    def refund(self, reference: str, fen: int, idempotency_key: str) -> RefundResult:
        """Return by_hand: two of the staff send the money from the bank."""
        return RefundResult(state=RefundState.BY_HAND)

    def fetch_refund(self, reference: str) -> RefundNews:
        """Refuse: nobody can be asked about a transfer back."""
        raise ProviderUnavailable("bank transfers are not asked about")

    def verify_notice(self, raw: bytes, headers: Mapping[str, str]) -> VerifiedNotice:
        """Refuse: nobody sends notices of bank transfers."""
        raise BadNotice("bank transfers send no notices")
