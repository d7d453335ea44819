"""Which pages there are: read off the role × URL matrix, so that a new page is looked at without being named here."""

from django.urls import reverse

from tests.url_matrix import ROWS, Who

#: What answers without being a page that a person reads.
NOT_PAGES = frozenset(
    [
        "checkout:areas",
        "healthz",
        "metrics",
        "readyz",
        "search:suggest",
        "storefront:regions_file",
        "storefront:robots",
        "storefront:sitemap",
    ]
)


def open_to(who: Who) -> list[str]:
    """Return the addresses of the pages without an object that answer 200 to this person."""
    names = (name for name, row in ROWS.items() if not row.owner and row.get[who] == 200)
    return list(dict.fromkeys(reverse(name) for name in names if name not in NOT_PAGES))


_EVERYBODYS = open_to(Who.ANONYMOUS)


def _only_of(who: Who, *, known: tuple[str, ...] = ()) -> tuple[str, ...]:
    return tuple(path for path in open_to(who) if path not in {*_EVERYBODYS, *known})


#: The pages for everybody, and those that a question makes.
PAGES = (
    *_EVERYBODYS,
    "/catalogue/?sort=price",
    "/search/?q=木门",
    "/search/?q=没有这样的东西",
    "/regions/wangcang/",
    "/regions/lvyuan/",
    "/suppliers/wc-05/",
)
#: The resident's own pages that need no order; then what is added for who works here.
OWN = _only_of(Who.RESIDENT)
SUPPLIERS_OWN = _only_of(Who.SUPPLIER, known=OWN)
UNITS_OWN = _only_of(Who.UNION_BUYER, known=OWN)
DESK = _only_of(Who.STAFF, known=OWN)
