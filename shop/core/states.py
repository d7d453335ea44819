"""Tables of states: which may follow which, who moves it, and where who, when and why are written down."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from shop.core.exceptions import ShopError

#: The state of what does not exist yet.
BEGINNING = ""


class WrongMove(ShopError):
    """A thing is in a state from which this is not possible; nothing was written."""

    def __init__(self, *, what: str, old: str, new: str) -> None:
        super().__init__(
            _("This is no longer possible: the order has changed meanwhile. Please reload the page."),
            code="wrong_state",
        )
        self.what = what
        self.old = old
        self.new = new

    def __str__(self) -> str:
        return f"{self.message} ({self.what}: {self.old} → {self.new})"


@dataclass(frozen=True)
class Move:
    """One step of a thing's life.

    `by` names the services that make it as app.function; `trace` names where who, when and why stand: actions of
    the journal, or columns of the row.
    """

    old: str
    new: str
    when: str
    by: tuple[str, ...]
    trace: str


@dataclass(frozen=True)
class StateTable:
    """Every move that a kind of thing may make; `column` is where its state is stored, as app.Model.column."""

    name: str
    column: str
    moves: tuple[Move, ...]

    def allows(self, old: str, new: str) -> bool:
        """Return whether the table has this move."""
        return any((move.old, move.new) == (str(old), str(new)) for move in self.moves)

    def before(self, new: str) -> list[str]:
        """Return the states from which this one may be reached: the condition of an UPDATE that moves."""
        return [move.old for move in self.moves if move.new == str(new) and move.old != BEGINNING]

    def require(self, old: str, new: str) -> None:
        """Raise WrongMove when the table has no such move."""
        if not self.allows(old, new):
            raise WrongMove(what=self.name, old=str(old), new=str(new))
