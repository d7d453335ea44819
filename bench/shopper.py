"""A guest who fills a basket and checks out on either site, by the forms that the pages bring."""

import itertools
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence

from lxml import html

from bench.client import Answer, Visitor, Work

#: What a guest types, by the last part of the field's name; both sites' fields.
_TYPED: Mapping[str, str] = {
    "recipient_name": "张三",
    "phone": "13800138000",
    "province": "浙江省",
    "city": "杭州市",
    "county": "萧山区",
    "street": "市心中路 1 号",
    "consent": "on",
    "method": "demo",
    "choice": "succeed",
    "options": "anonymous",
    "username": "guest{number}@example.com",
    "first_name": "Ann",
    "last_name": "Guest",
    "line1": "1 Shixin Road",
    "line4": "Hangzhou",
    "postcode": "311200",
    "country": "CN",
}
_NOT_OURS = ("search", "elder", "i18n", "setlang", "language", "login", "logout", "/basket/add/", "voucher")
_MOST_STEPS = 10
_numbers = itertools.count(1)


class Stuck(Exception):
    """The way through a site ended early; the message says where."""


def forms_of(answer: Answer) -> list[html.FormElement]:
    """Return the forms that are posted."""
    found = html.document_fromstring(answer.text).forms if answer.text else []
    return [form for form in found if (form.method or "").upper() == "POST"]


def _path(form: html.FormElement, answer: Answer) -> str:
    return form.action or answer.url.split("?")[0]


def filled(form: html.FormElement, typed: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return what a browser would send, with the fields filled in that the guest types into."""
    data: list[tuple[str, str]] = []
    seen: set[str] = set()
    for field in form.inputs:
        name = field.name
        kind = (field.get("type") or "").lower()
        if not name or name in seen:
            continue
        if kind == "submit" or field.tag == "button":
            continue
        wanted = typed.get(name.split("-")[-1])
        if wanted is None and kind in ("radio", "checkbox"):
            continue
        seen.add(name)
        value = form.fields[name] if name in form.fields and kind not in ("radio", "checkbox") else ""
        data.append((name, wanted if wanted is not None else str(value or "")))
    ticked = [(name, value) for name, value in form.form_values() if name not in seen]
    return [*data, *ticked]


async def add(visitor: Visitor, product: str, quantity: int = 1) -> None:
    """Open a product's page and put pieces of it into the basket. Raises Stuck."""
    page = await visitor.get(product)
    form = next((one for one in forms_of(page) if "/basket/add/" in (one.action or "")), None)
    if page.status != 200 or form is None:
        raise Stuck(f"product {page.status}")
    answer = await visitor.post(_path(form, page), filled(form, {"quantity": str(quantity)}))
    if answer.status != 200:
        raise Stuck(f"add {answer.status}")


async def check_out(visitor: Visitor, before_placing: Callable[[], Awaitable[object]] | None = None) -> None:
    """Go from the basket to the page that thanks: on ours that is paid. Raises Stuck, saying where.

    `before_placing` is waited for, once, before the post that places the order.
    """
    typed = {**_TYPED, "username": _TYPED["username"].format(number=next(_numbers))}
    page = await visitor.get("/checkout/")
    sent: list[tuple[str, str]] | None = None
    for _ in range(_MOST_STEPS):
        if page.status != 200:
            raise Stuck(f"status {page.status}")
        if "thank-you" in page.url or "/return/" in page.url:
            return
        if page.url.startswith("/basket/"):
            raise Stuck("back to the basket")
        form = _main_form(page)
        if form is None:
            page = await visitor.get(_onward(page))
            continue
        data = [*filled(form, typed), *_pressed(form)]
        if data == sent:
            raise Stuck(f"refused at {page.url.split('?')[0]}")
        sent = data
        if before_placing is not None and _places(form):
            await before_placing()
            before_placing = None
        page = await visitor.post(_path(form, page), data)
    raise Stuck("too many steps")


def _places(form: html.FormElement) -> bool:
    """Say whether this form places the order: stock Oscar's preview, or our checkout page with its digest."""
    return any(
        name == "digest" or (name, value) == ("action", "place_order") for name, value in form.form_values()
    )


def _main_form(page: Answer) -> html.FormElement | None:
    forms = [one for one in forms_of(page) if not any(word in (one.action or "") for word in _NOT_OURS)]
    placing = [one for one in forms if any(name == "action" for name, _ in one.form_values())]
    return next(iter(placing or forms), None)


def _onward(page: Answer) -> str:
    """Return the link of a page that has nothing to fill in: stock Oscar's page for payment, which it leaves empty."""
    for link in html.document_fromstring(page.text).xpath("//a/@href"):
        if "/checkout/preview" in link:
            return str(link)
    raise Stuck(f"no form at {page.url.split('?')[0]}")


def _pressed(form: html.FormElement) -> list[tuple[str, str]]:
    """Return the button that pays on the demonstration's page; every other button sends no more than the form."""
    names = {str(button.get("name")) for button in form.xpath(".//button[@name]")}
    return [("choice", "succeed")] if "choice" in names else []


def checkouts(sites_visitor: "VisitorMaker", products: Sequence[str]) -> Iterator[Work]:
    """Return work without end: a new guest, one product, paid."""

    def one(product: str) -> Work:
        async def piece() -> str:
            async with sites_visitor() as visitor:
                try:
                    await add(visitor, product)
                    await check_out(visitor)
                except Stuck as stuck:
                    return str(stuck)
            return "ok"

        return piece

    return (one(product) for product in itertools.cycle(products))


def adds(sites_visitor: "VisitorMaker", products: Sequence[str]) -> Iterator[Work]:
    """Return work without end: a new guest puts one product into the basket."""

    def one(product: str) -> Work:
        async def piece() -> str:
            async with sites_visitor() as visitor:
                try:
                    await add(visitor, product)
                except Stuck as stuck:
                    return str(stuck)
            return "ok"

        return piece

    return (one(product) for product in itertools.cycle(products))


class VisitorMaker:
    """Makes new visitors of one site."""

    def __init__(self, base: str, headers: dict[str, str], origin: str) -> None:
        self.base, self.headers, self.origin = base, headers, origin

    def __call__(self) -> Visitor:
        return Visitor(self.base, self.headers, self.origin)
