"""The frame of the staff's pages."""

from django import template

from shop.operations.desk_places import Link, Menu, navigation
from shop.ordering.status import PayMethod

register = template.Library()


@register.inclusion_tag("shop/components/desk_nav.html", takes_context=True)
def desk_nav(context: template.RequestContext) -> dict[str, list[Link | Menu]]:
    """What the reader's roles open; none outside a page that asks for a role."""
    request = context["request"]
    match = request.resolver_match
    return {"entries": navigation(getattr(request, "held", ()), match.view_name if match else "")}


@register.filter
def method_name(code: str) -> str:
    """A way of paying in words; a service that the shop does not know keeps its own name."""
    return str(PayMethod(code).label) if code in PayMethod.values else code
