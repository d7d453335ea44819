"""Money arithmetic in integer fen (分). Decimal exists only at Oscar's edge."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

_YUAN = Decimal(100)


def to_yuan(fen: int) -> Decimal:
    """Return the amount in yuan with two decimals, for Oscar's DecimalFields."""
    return (Decimal(fen) / _YUAN).quantize(Decimal("0.01"))


def from_yuan(yuan: Decimal) -> int:
    """Return the amount in fen. Raises ValueError when it is not a whole number of fen."""
    fen = yuan * _YUAN
    if fen != fen.to_integral_value():
        raise ValueError(f"{yuan} yuan is not a whole number of fen")
    return int(fen)


def round_half_up(value: Decimal) -> int:
    """Round to a whole number of fen, halves away from zero."""
    return int(value.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def split(total_fen: int, weights: Sequence[int]) -> list[int]:
    """Split an amount in proportion to weights; the parts always add up to it.

    Largest remainder, ties by position (counting rules, section 2). All weights zero
    puts everything on the first part. Raises ValueError for no weights or a negative one.
    """
    if not weights or min(weights) < 0:
        raise ValueError("weights must be given and not be negative")
    whole = sum(weights)
    if whole == 0:
        return [total_fen, *[0] * (len(weights) - 1)]
    sign = -1 if total_fen < 0 else 1
    amount = abs(total_fen)
    parts = [amount * weight // whole for weight in weights]
    remainders = [amount * weight % whole for weight in weights]
    order = sorted(range(len(weights)), key=lambda index: (-remainders[index], index))
    for index in order[: amount - sum(parts)]:
        parts[index] += 1
    return [sign * part for part in parts]


def units_worth(total_fen: int, quantity: int, first: int, count: int) -> int:
    """Return the worth of units first+1 … first+count of a share of `quantity` units.

    Units 1..k are worth floor(F*k/q) (counting rules, section 2), so parts of a share
    add up to it: 10000 fen over 3 units are 3333, 3333 and 3334.
    Raises ValueError when the units do not exist.
    """
    if first < 0 or count < 0 or quantity < 1 or first + count > quantity:
        raise ValueError(f"units {first + 1}..{first + count} are not units of a share of {quantity}")
    return total_fen * (first + count) // quantity - total_fen * first // quantity


def ex_tax(fen: int, rate_percent: int) -> int:
    """Return the amount without VAT, rounded half up to the fen."""
    return round_half_up(Decimal(fen) * 100 / (100 + rate_percent))


def shown_yuan(fen: int) -> str:
    """Return the amount as it is written in a sentence: 1,280.00, without the currency sign."""
    sign = "−" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100:,}.{abs(fen) % 100:02d}"


def round_yuan(fen: int) -> str:
    """Return the amount as `shown_yuan` does, without the cents where there are none: 1,280."""
    return shown_yuan(fen).removesuffix(".00")
