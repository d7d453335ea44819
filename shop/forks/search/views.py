"""Search: words, part-words, pinyin and initials."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from shop.forks.catalogue.browsing import asked_words, browse_context


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """What answers the words; without words, all goods."""
    query = asked_words(request)
    if not query:
        return redirect("catalogue:index")
    return render(request, "shop/catalogue/browse.html", browse_context(request, category=None, query=query))
