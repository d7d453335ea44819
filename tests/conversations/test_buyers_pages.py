"""What a buyer, also a guest, sees of conversations."""

import pytest
from django.test import Client

from shop.conversations.models import Conversation, Message
from shop.files.services import encode_photos
from shop.listings.models import Listing
from shop.ordering.selectors import link_token
from tests.conversations.cast import about_tea, answer, ask, said, tea
from tests.factories import make_user, place
from tests.files.uploads import paper, photo

pytestmark = pytest.mark.django_db


@pytest.fixture
def resident(client: Client):
    user = make_user()
    client.force_login(user)
    return user


def test_the_products_page_leads_to_its_supplier(client: Client) -> None:
    product = tea()
    page = client.get(product.get_absolute_url()).content.decode()
    assert page.count(f'href="/ask/{product.pk}/"') == 2
    assert "客服" in page


def test_a_visitor_without_an_account_logs_in_and_comes_back(client: Client) -> None:
    product = tea()
    for answer_ in (client.get(f"/ask/{product.pk}/"), client.post(f"/ask/{product.pk}/", {"text": "在吗"})):
        assert answer_.status_code == 302
    assert client.get(f"/ask/{product.pk}/")["Location"] == f"/accounts/login/?next=/ask/{product.pk}/"
    assert not Conversation.objects.exists()


def test_a_question_stands_on_the_page_and_in_the_list(client: Client, resident) -> None:
    product = tea()
    first = client.get(f"/ask/{product.pk}/")
    key = first.context["form"].initial["form_key"]
    for _twice in range(2):
        sent = client.post(f"/ask/{product.pk}/", {"text": "还有货吗？", "form_key": key})
        assert (sent.status_code, sent["Location"]) == (302, f"/ask/{product.pk}/#last")
    assert said(Conversation.objects.get()) == [(1, "buyer", "还有货吗？")]
    answer(Conversation.objects.get(), "有的，请放心")
    account = client.get("/account/").content.decode()
    assert "我的消息" in account
    assert "1 条未读" in account
    row = client.get("/account/messages/").context["rows"][0]
    assert (row["who"], row["about"], row["last_words"], row["unread"]) == (
        "木门茶业",
        "黄茶",
        "有的，请放心",
        1,
    )
    page = client.get(row["url"])
    assert [(one.who, one.text) for one in page.context["thread"].messages] == [
        ("我", "还有货吗？"),
        ("木门茶业", "有的，请放心"),
    ]
    assert client.get("/account/").context["unread"] == 0


def test_numbers_links_and_markup_are_text(client: Client, resident) -> None:
    about = about_tea(resident)
    ask(about, "<b>13800138000</b> https://example.com/?a=1&b=2")
    page = client.get(f"/ask/{about.product_id}/").content.decode()
    assert "&lt;b&gt;13800138000&lt;/b&gt; https://example.com/?a=1&amp;b=2" in page
    assert 'href="https://example.com' not in page
    assert "tel:" not in page


def test_what_cannot_be_sent_stays_in_the_form(client: Client, resident) -> None:
    product = tea()
    empty = client.post(f"/ask/{product.pk}/", {"text": " "})
    assert (empty.status_code, empty.context["form"].errors) == (
        422,
        {"text": ["请写点什么，或者添加一张照片。"]},
    )
    wrong = client.post(f"/ask/{product.pk}/", {"text": "看照片", "photos": [paper()]})
    assert (wrong.status_code, list(wrong.context["form"].errors)) == (422, ["photos"])
    assert "看照片" in wrong.content.decode()
    long = client.post(f"/ask/{product.pk}/", {"text": "长" * 1001})
    assert (long.status_code, list(long.context["form"].errors)) == (422, ["text"])
    assert not Conversation.objects.exists()


def test_a_photo_is_shown_once_it_is_encoded(client: Client, resident) -> None:
    product = tea()
    client.post(f"/ask/{product.pk}/", {"text": "破了", "photos": [photo()]})
    waiting = client.get(f"/ask/{product.pk}/").context["thread"]
    assert (waiting.messages[0].photos[0].url, waiting.poll_url) == ("", f"/ask/{product.pk}/?part=thread")
    encode_photos()
    ready = client.get(f"/ask/{product.pk}/").context["thread"]
    assert ready.poll_url == f"/ask/{product.pk}/?part=thread&after=1"
    assert client.get(ready.messages[0].photos[0].url).status_code == 200
    stranger = Client()
    stranger.force_login(make_user(phone="+8613800000009"))
    assert stranger.get(ready.messages[0].photos[0].url).status_code == 404


def test_the_page_asks_for_what_is_new_and_nothing_else(client: Client, resident) -> None:
    about = about_tea(resident)
    found = ask(about)
    quiet = client.get(f"/ask/{about.product_id}/?part=thread&after=1")
    assert (quiet.status_code, quiet.content) == (204, b"")
    answer(found)
    news = client.get(f"/ask/{about.product_id}/?part=thread&after=1")
    assert news.status_code == 200
    assert "有的" in news.content.decode()
    assert "<html" not in news.content.decode()
    assert client.get("/ask/999999/?part=thread").status_code == 404


def test_thirty_messages_stand_on_a_page_and_older_ones_before(client: Client, resident) -> None:
    about = about_tea(resident)
    found = ask(about)
    Message.objects.bulk_create(
        Message(
            conversation=found, number=number, side="buyer", author_id=resident.pk, key=f"m{number}",
            has_text=True, sent_at=found.opened_at,
        )
        for number in range(2, 201)
    )  # fmt: skip
    Conversation.objects.filter(pk=found.pk).update(messages_written=200)
    newest = client.get(f"/ask/{about.product_id}/").context["thread"]
    assert ([one.number for one in newest.messages], newest.earlier) == (list(range(171, 201)), 171)
    older = client.get(f"/ask/{about.product_id}/?before=171").context["thread"]
    assert ([one.number for one in older.messages], older.earlier, older.poll_url) == (
        list(range(141, 171)), 141, "",
    )  # fmt: skip
    first = client.get(f"/ask/{about.product_id}/?before=2").context["thread"]
    assert ([one.number for one in first.messages], first.earlier) == ([1], 0)


def test_a_product_that_is_not_on_sale_can_only_be_asked_about_further(client: Client, resident) -> None:
    about = about_tea(resident)
    Listing.objects.update(state="withdrawn")
    assert client.get(f"/ask/{about.product_id}/").status_code == 404
    assert client.post(f"/ask/{about.product_id}/", {"text": "在吗"}).status_code == 404
    ask(about)
    assert client.get(f"/ask/{about.product_id}/").status_code == 200


def test_a_guest_asks_from_the_page_of_the_order(client: Client) -> None:
    record = place(lines=[(tea(), 1)])
    assert client.get(f"/orders/{record.number}/ask/").status_code == 404
    client.get(f"/o/{record.number}/{link_token(record)}/")
    page = client.get(f"/orders/{record.number}/").content.decode()
    assert f'href="/orders/{record.number}/ask/tea-co/"' in page
    assert f'href="/orders/{record.number}/ask/"' in page
    client.post(f"/orders/{record.number}/ask/tea-co/", {"text": "什么时候发货？"})
    found = Conversation.objects.get()
    assert (found.buyer, found.record, said(found)) == (None, record, [(1, "buyer", "什么时候发货？")])
    answer(found, "今天")
    assert "1 条未读" in client.get(f"/orders/{record.number}/").content.decode()
    assert "今天" in client.get(f"/orders/{record.number}/ask/tea-co/").content.decode()
    assert client.get(f"/orders/{record.number}/ask/pear-co/").status_code == 404
    assert client.get("/account/messages/").status_code == 302


def test_nobody_reads_another_persons_conversation(client: Client, resident) -> None:
    about = about_tea(make_user(phone="+8613800000009"))
    ask(about, "别人的问题")
    assert "别人的问题" not in client.get(f"/ask/{about.product_id}/").content.decode()
    assert client.get("/account/messages/").context["rows"] == []
    record = place(lines=[(tea(), 1)], buyer=make_user(phone="+8613800000009"))
    assert client.get(f"/orders/{record.number}/ask/").status_code == 404
    assert client.post(f"/orders/{record.number}/ask/", {"text": "x"}).status_code == 404
    assert Conversation.objects.count() == 1
