"""Search: words, part-words, pinyin and initials."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from shop.forks.catalogue.browsing import asked_words, browse_context
from shop.forks.search.suggesting import suggestion_groups
from shop.listings.selectors import suggestions


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """What answers the words; without words, all goods."""
    query = asked_words(request)
    if not query:
        return redirect("catalogue:index")
    return render(request, "shop/catalogue/browse.html", browse_context(request, category=None, query=query))


@require_safe
def suggest(request: HttpRequest) -> HttpResponse:
    """What somebody who is typing may mean, as a piece of a page; empty when nothing begins so."""
    query = asked_words(request)
    answer = render(
        request, "shop/catalogue/_suggestions.html", {"groups": suggestion_groups(suggestions(query), query)}
    )
    # The same letters are typed and taken back again.
    answer["Cache-Control"] = "private, max-age=30"
    return answer
