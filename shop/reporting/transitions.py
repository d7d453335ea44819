"""Which state may follow which in the life of a file that the worker makes. docs/states.md is written from this."""

from shop.core.states import BEGINNING, Move, StateTable
from shop.reporting.models import ExportState

EXPORT = StateTable(
    name="File made by the worker",
    column="reporting.ExportJob.state",
    moves=(
        Move(
            BEGINNING,
            ExportState.WAITING,
            "asked for by a person, or due as a monthly report",
            ("reporting.ask_export",),
            "export.asked",
        ),
        Move(
            ExportState.WAITING,
            ExportState.READY,
            "the whole file stands",
            ("reporting.make_exports",),
            "export.made",
        ),
        Move(
            ExportState.WAITING,
            ExportState.FAILED,
            "longer than the cap, no role any more, or given up after several attempts",
            ("reporting.make_exports",),
            "export.failed",
        ),
        Move(
            ExportState.READY,
            ExportState.EXPIRED,
            "its time is over; the file is deleted",
            ("reporting.sweep_exports",),
            "export.expired",
        ),
    ),
)

TABLES: tuple[StateTable, ...] = (EXPORT,)
