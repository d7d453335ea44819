"""The frame of the staff's pages."""

from django import template
from django.http import HttpRequest

from shop.core import clock
from shop.operations.desk_places import Link, Menu, door_at, navigation
from shop.operations.handler_words import part_of
from shop.operations.selectors import work_queue
from shop.ordering.status import PayMethod

register = template.Library()
#: Kinds of work that a page other than the desk names.
WORK_SHOWN = 12


@register.inclusion_tag("shop/components/desk_nav.html", takes_context=True)
def desk_nav(context: template.RequestContext) -> dict[str, list[Link | Menu]]:
    """What the reader's roles open; none outside a page that asks for a role."""
    request = context["request"]
    match = request.resolver_match
    return {"entries": navigation(getattr(request, "held", ()), match.view_name if match else "")}


@register.inclusion_tag("shop/components/desk_work.html", takes_context=True)
def desk_work(context: template.RequestContext) -> dict[str, object]:
    """The queue of what needs a person, the kinds with the oldest first; empty for a part of the shop."""
    request, now = context["request"], clock.now()
    queue = sorted(work_queue(request.scope, now), key=lambda item: item.oldest_at or now)
    return {
        "queue": queue[:WORK_SHOWN],
        "count": sum(item.count for item in queue),
        "others": max(0, len(queue) - WORK_SHOWN),
        "whole": request.scope.everything,
        "may_work": opens("operations:desk", request),
        "now": now,
    }


@register.filter
def opens(name: str, request: HttpRequest) -> bool:
    """Say whether the page of that name opens for the reader."""
    door = door_at(name)
    return door is not None and door.opens_for(getattr(request, "held", ()))


@register.filter
def method_name(code: str) -> str:
    """A way of paying in words; a service that the shop does not know keeps its own name."""
    return str(PayMethod(code).label) if code in PayMethod.values else code


@register.filter
def part_name(handler: str) -> str:
    """The part of the shop that a handler of messages belongs to, in words."""
    return part_of(handler)
