"""What the search answers to the frozen questions, over 2,000 products, by the selector of the search page."""

from collections.abc import Iterator

import pytest
from django.db import transaction
from pytest_django.plugin import DjangoDbBlocker

from shop.listings.models import Listing
from shop.listings.selectors import BrowseFilters, browse
from tests.relevance.catalogue import fill_shop
from tests.relevance.goods import COUNT
from tests.relevance.scoring import Answer, answer, printed, questions, score

pytestmark = pytest.mark.data


@pytest.fixture(scope="module")
def answers(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[list[Answer]]:
    """Fill the shop and ask everything; the shop is rolled back."""
    with django_db_blocker.unblock(), transaction.atomic():
        fill_shop()
        skus = dict(Listing.objects.values_list("product_id", "sku"))
        assert browse(BrowseFilters()).total == COUNT
        found = []
        for question in questions():
            # All that answers, not only the first page: what must not be found must not be found later either.
            page = browse(BrowseFilters(q=question.query), page_size=COUNT)
            found.append(answer(question, [skus[pk] for pk in page.ids]))
        yield found
        transaction.set_rollback(True)


def test_the_score_is_printed(answers: list[Answer], capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        print(f"\n{printed(answers)}")
    assert len(answers) == 160


def test_what_is_meant_stands_first_and_nothing_wrong_is_found(answers: list[Answer]) -> None:
    found = score(answers)
    assert found.seen_percent >= 95, printed(answers)
    assert found.first_percent >= 80, printed(answers)
    assert found.wrong == 0, printed(answers)
