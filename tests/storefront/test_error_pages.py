"""A refusal that no view words is a page in the shop's languages and within its content policy."""

import pytest
from django.test import Client

from tests.factories import make_user

pytestmark = pytest.mark.django_db


def test_an_expired_form_says_what_to_do() -> None:
    answer = Client(enforce_csrf_checks=True).post("/elder-mode/", {"on": "1"})
    page = answer.content.decode()
    assert answer.status_code == 403
    assert "页面已过期" in page and "nothing was saved" in page
    assert "<style" not in page and "style=" not in page


def test_a_broken_request_says_so(client: Client) -> None:
    answer = client.post(
        "/elder-mode/", b"x", content_type="application/x-www-form-urlencoded; charset=latin-1"
    )
    assert answer.status_code == 400
    assert "请求有误" in answer.content.decode()


def test_a_refused_page_says_so(client: Client) -> None:
    client.force_login(make_user())
    answer = client.get("/accounts/reauthenticate/")
    assert answer.status_code == 403
    assert "不能打开" in answer.content.decode()
