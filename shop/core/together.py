"""Several questions to the database in one statement: one way there and back, and all answers of one moment."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet, prefetch_related_objects
from django.db.models.query import (
    ModelIterable,
    ValuesIterable,
    ValuesListIterable,
    get_related_populators,
)
from django.db.models.sql.compiler import SQLCompiler

T = TypeVar("T")
#: How a question may give its rows: objects, its values by name, or tuples of them.
_READ = (ModelIterable, ValuesIterable, ValuesListIterable)
#: A question ready to be asked: its compiler, which reads its rows, its SQL and the values in it.
Made = tuple[SQLCompiler, str, tuple[Any, ...]]


@dataclass(frozen=True)
class Asked(Generic[T]):
    """Questions, and what is read of their rows: to be asked alone, or in one statement with others."""

    questions: tuple[QuerySet[Any], ...]
    read: Callable[..., T]

    def alone(self) -> T:
        """Return what is read. One query, and what `read` asks itself."""
        return self.read(*answers(*self.questions))


def together(*asked: Asked[Any]) -> list[Any]:
    """Return what is read of each of them. One query, and what their `read` ask themselves."""
    rows = iter(answers(*(question for one in asked for question in one.questions)))
    own = [[next(rows) for _question in one.questions] for one in asked]
    return [one.read(*found) for one, found in zip(asked, own, strict=True)]


def answers(*questions: QuerySet[Any]) -> list[list[Any]]:
    """Return the rows of every question: objects with what they select, or its values by name or as tuples. One query.

    The rows of a question come in no order, unless it is cut to its first ones: then the right ones, in no order.
    What it prefetches is read behind it, as ever. The database plans each question for itself, as if asked alone.
    """
    asked = [(question, _compiled(question)) for question in questions]
    found: list[list[tuple[Any, ...]]] = [[] for _question in asked]
    parts = [(number, made) for number, (_question, made) in enumerate(asked) if made is not None]
    if parts:
        with connection.cursor() as cursor:
            cursor.execute(*_statement([made for _number, made in parts]))
            spans = _spans([made for _number, made in parts])
            for place, *cells in cursor.fetchall():
                start, end = spans[place]
                found[parts[place][0]].append(tuple(cells[start:end]))
    return [
        _read(question, made[0], rows) if made is not None else []
        for (question, made), rows in zip(asked, found, strict=True)
    ]


def _compiled(question: QuerySet[Any]) -> Made | None:
    """Return a question as SQL, None where nothing can be an answer.

    Raises ValueError for one whose rows would be read otherwise than it reads them alone.
    """
    if not issubclass(question._iterable_class, _READ):
        raise ValueError(f"a question for {question._iterable_class.__name__} is to be asked alone")
    if not question.query.is_sliced:
        question = question.order_by()
    compiler = question.query.get_compiler(connection=connection)
    try:
        sql, params = compiler.as_sql()
    except EmptyResultSet:
        return None
    if compiler.has_extra_select:
        raise ValueError("a question in the order of what it does not select is to be asked alone")
    return compiler, sql, params


def _spans(parts: list[Made]) -> list[tuple[int, int]]:
    """Return which cells of a row are those of each question: every one has columns of its own."""
    spans, end = [], 0
    for compiler, _sql, _params in parts:
        start, end = end, end + len(compiler.select)
        spans.append((start, end))
    return spans


def _statement(parts: list[Made]) -> tuple[str, list[Any]]:
    """Return one statement of all the questions, each with nothing in the columns of the others."""
    nothing = [_nothing(expression) for made in parts for expression, _sql, _alias in made[0].select]
    selects = []
    for place, (start, end) in enumerate(_spans(parts)):
        cells = [f"{place}", *nothing[:start], "asked.*", *nothing[end:]]
        sql = f"SELECT {', '.join(cells)} FROM ({parts[place][1]}) AS asked"  # noqa: S608 - compiled questions
        selects.append(sql)
    return " UNION ALL ".join(selects), [param for _compiler, _sql, params in parts for param in params]


def _nothing(expression: Any) -> str:
    """Return NULL, of the expression's type where a column has one."""
    if connection.vendor != "postgresql":
        return "NULL"
    return f"NULL::{expression.output_field.cast_db_type(connection)}"


def _read(question: QuerySet[Any], compiler: SQLCompiler, rows: list[tuple[Any, ...]]) -> list[Any]:
    """Return the rows as the question itself gives them."""
    read = compiler.results_iter(results=[rows])  # type: ignore[list-item]  # rows as they come
    kind = question._iterable_class
    if issubclass(kind, ModelIterable):
        found = list(_objects(question, compiler, read))
        prefetch_related_objects(found, *question._prefetch_related_lookups)  # type: ignore[attr-defined]
        return found
    if issubclass(kind, ValuesIterable):
        names = list(question.query.selected or ())
        return [dict(zip(names, row, strict=True)) for row in read]
    return [tuple(row) for row in read]


def _objects(question: QuerySet[Any], compiler: SQLCompiler, rows: Iterator[Any]) -> Iterator[Any]:
    """Yield what the question would, as the QuerySet itself puts its rows together."""
    info: Any = compiler.klass_info
    own = info["select_fields"]
    start, end = own[0], own[-1] + 1
    names = [expression.target.attname for expression, _sql, _alias in compiler.select[start:end]]
    related = get_related_populators(info, compiler.select, question.db)  # type: ignore[call-arg]
    for row in rows:
        found = info["model"].from_db(question.db, names, row[start:end])
        for populator in related:
            populator.populate(row, found)
        for name, place in (compiler.annotation_col_map or {}).items():
            setattr(found, name, row[place])
        for field, known in question._known_related_objects.items():  # type: ignore[attr-defined]
            if not field.is_cached(found) and (one := known.get(getattr(found, field.attname))) is not None:
                setattr(found, field.name, one)
        yield found
