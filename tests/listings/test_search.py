import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from shop.listings.models import FoodLabel, Listing, ListingState, SearchText
from shop.listings.selectors import BrowseFilters, browse, current_shelf, search_ids
from shop.listings.services import index_products, save_category
from shop.regions.models import PartnerRegion
from tests.factories import make_product, make_region, make_supplier

pytestmark = [pytest.mark.django_db, pytest.mark.data]


@pytest.fixture(autouse=True)
def shelf():
    """Ten goods of two places and three suppliers, among them words that almost match."""
    save_category(slug="tea", name_zh="茶叶", name_en="Tea", actor_id=None)
    save_category(slug="honey", name_zh="蜂产品", name_en="Bee products", actor_id=None)
    wangcang, longquan = make_region(), make_region(slug="longquan", name_zh="龙泉市")
    one = make_supplier(code="wc-14", name_zh="旺苍示例供应商 14", region=wangcang)
    two = make_supplier(code="wc-02", name_zh="枣竹林农业", region=wangcang)
    three = make_supplier(code="lq-01", name_zh="年年丰家庭农场", region=longquan)
    for supplier, sku, name, category, text in (
        (one, "WC-HON-001", "高山土蜂蜜", "honey", "米仓山里的蜜。"),
        (one, "WC-HON-002", "高山巢蜜", "honey", "整块巢脾，配茶也好。"),
        (three, "LQ-HON-001", "龙泉土蜂蜜", "honey", "百花酿成。"),
        (one, "WC-TEA-001", "木门黄茶", "tea", "汤色浅黄。"),
        (one, "WC-TEA-002", "旺苍茶礼", "tea", "两罐装。"),
        (three, "LQ-TEA-001", "龙泉红茶", "tea", "条索紧细。"),
        (two, "WC-EGG-001", "枣林皮蛋", "eggs", "松花分明。"),
        (two, "WC-BOX-001", "山货礼盒", "boxes", "内有枣林皮蛋与土特产。"),
        (three, "LQ-FUN-001", "龙泉黑木耳", "fungi", "耳片厚实的好耳。"),
        (three, "LQ-VEG-001", "红皮萝卜", "vegetables", "蛋白质含量 100%。"),
    ):
        product = make_product(supplier=supplier, sku=sku, name_zh=name, category=category)
        product.description = text
        product.save()
    FoodLabel.objects.update(ingredients="", producer="")
    Listing.objects.filter(sku="WC-TEA-001").update(name_en="Mumen yellow tea of the hills")
    index_products(product_ids=list(Listing.objects.values_list("product_id", flat=True)))


def skus(q):
    names = dict(Listing.objects.values_list("product_id", "sku"))
    return [names[pk] for pk in search_ids(q)]


ANSWERS: list[tuple[str, list[str], str]] = [
    # One character: in the title before in the text.
    ("茶", ["WC-TEA-001", "WC-TEA-002", "LQ-TEA-001", "WC-HON-002"], "words"),
    ("皮蛋", ["WC-EGG-001", "WC-BOX-001"], "words"),
    ("土蜂蜜", ["WC-HON-001", "LQ-HON-001"], "words"),
    ("fengmi", ["WC-HON-001", "LQ-HON-001"], "words"),
    ("FengMi", ["WC-HON-001", "LQ-HON-001"], "words"),
    ("tufengmi", ["WC-HON-001", "LQ-HON-001"], "words"),
    ("ｔｕｆｅｎｇｍｉ", ["WC-HON-001", "LQ-HON-001"], "words"),
    ("tfm", ["WC-HON-001", "LQ-HON-001"], "initials"),
    ("旺苍 tfm", ["WC-HON-001"], "initials"),
    ("龙泉 土蜂蜜", ["LQ-HON-001"], "words"),
    ("pidan 枣林", ["WC-EGG-001"], "words"),
    ("yellow tea", ["WC-TEA-001"], "words"),
    ("WC-TEA-002", ["WC-TEA-002"], "words"),
    ("年年丰", ["LQ-HON-001", "LQ-TEA-001", "LQ-FUN-001", "LQ-VEG-001"], "words"),
    ("供应商 14 蜜", ["WC-HON-001", "WC-HON-002"], "words"),
    # The place's own name in the title stands before the place of production.
    ("旺苍 茶", ["WC-TEA-002", "WC-TEA-001", "WC-HON-002"], "words"),
    ("旺苍茶", ["WC-TEA-002", "WC-TEA-001", "WC-HON-002"], "words"),
    (
        "旺苍县",
        ["WC-HON-001", "WC-HON-002", "WC-TEA-001", "WC-TEA-002", "WC-EGG-001", "WC-BOX-001"],
        "words",
    ),
    # Characters that no product joins are looked for apart.
    ("木门红茶", [], ""),
    ("高山蜂蜜", ["WC-HON-001"], "parts"),
    ("木门茶", ["WC-TEA-001"], "parts"),
    # Another character of the same sound, only when the characters find nothing.
    ("土锋蜜", ["WC-HON-001", "LQ-HON-001"], "sound"),
    ("屁蛋", ["WC-EGG-001"], "sound"),
    ("木儿", ["LQ-FUN-001"], "sound"),
    # Pinyin with a letter amiss, only when nothing is spelt so: another letter, two exchanged, one missing, one more.
    ("fengmo", ["WC-HON-001", "LQ-HON-001"], "slip"),
    ("fnegmi", ["WC-HON-001", "LQ-HON-001"], "slip"),
    ("engmi", ["WC-HON-001", "LQ-HON-001"], "slip"),
    ("fengm", ["WC-HON-001", "LQ-HON-001"], "slip"),
    ("fenggmi", ["WC-HON-001", "LQ-HON-001"], "slip"),
    # As the south says it, and ü as u.
    ("fenmi", ["WC-HON-001", "LQ-HON-001"], "slip"),
    ("旺苍 fenmi", ["WC-HON-001"], "slip"),
    # Nothing for what is not there, two letters away, or too short to be a slip.
    ("femgmo", [], ""),
    ("danpi", [], ""),
    ("chaa", [], ""),
    ("蛋皮", [], ""),
    ("儿", [], ""),
    ("的", [], ""),
    ("asdf", [], ""),
    ("茶 asdf", [], ""),
    ("%", [], ""),
    ("_", [], ""),
    ("' OR 1=1 --", [], ""),
    # Punctuation parts words; none of it is an operator of SQL, of LIKE or of a tsquery.
    ("！？。、", [], ""),
    ("皮、蛋", ["WC-EGG-001", "LQ-VEG-001", "WC-BOX-001"], "words"),
    ("「土蜂蜜」", ["WC-HON-001", "LQ-HON-001"], "words"),
    ("fengmi，土", ["WC-HON-001", "LQ-HON-001"], "words"),
    ("龙泉-tfm", ["LQ-HON-001"], "initials"),
    ("& | ! <-> :* ( )", [], ""),
    ("!皮蛋", ["WC-EGG-001", "WC-BOX-001"], "words"),
    ("皮蛋 | 茶", [], ""),
    ("皮蛋:*", ["WC-EGG-001", "WC-BOX-001"], "words"),
    ("皮蛋 & !(", ["WC-EGG-001", "WC-BOX-001"], "words"),
    ("'皮蛋' \\", ["WC-EGG-001", "WC-BOX-001"], "words"),
    ("t皮蛋", [], ""),
    ("=tfm", ["WC-HON-001", "LQ-HON-001"], "initials"),
    ("fengmi*", ["WC-HON-001", "LQ-HON-001"], "words"),
    ("", [], ""),
    ("   ", [], ""),
    ("!!!", [], ""),
    ("100%", ["LQ-VEG-001"], "words"),
]


def test_words_find_what_they_mean():
    """One shelf for all of them: to fill it takes longer than to ask."""
    assert [(q, skus(q), browse(BrowseFilters(q=q)).how) for q, _, _ in ANSWERS] == ANSWERS


def test_a_province_is_where_its_goods_are_found():
    PartnerRegion.objects.filter(slug="longquan").update(
        parent_zh="浙江省丽水市", parent_en="Lishui, Zhejiang"
    )
    index_products(product_ids=list(Listing.objects.values_list("product_id", flat=True)))
    assert set(skus("四川茶")) == {"WC-TEA-001", "WC-TEA-002", "WC-HON-002"}
    assert skus("sichuan 土蜂蜜") == ["WC-HON-001"]
    assert skus("浙江 红茶") == ["LQ-TEA-001"]


def test_a_character_left_over_is_asked_of_the_name():
    """皮蛋 and 茶 stand in the box's text; it is a box, and no tea with eggs."""
    FoodLabel.objects.filter(product__listing__sku="WC-BOX-001").update(ingredients="茶")
    index_products(product_ids=list(Listing.objects.values_list("product_id", flat=True)))
    assert skus("礼盒茶") == []


def test_the_words_that_were_meant_are_those_that_are_marked():
    assert browse(BrowseFilters(q="旺苍 fenmi")).terms == ("旺苍", "fengmi")


def test_browsing_with_words_is_the_same_search():
    page = browse(BrowseFilters(q="土锋蜜"))
    assert (page.ids, page.how, page.terms) == (search_ids("土锋蜜"), "sound", ("土锋蜜",))
    assert [(facet.value, facet.count) for facet in page.regions] == [("longquan", 1), ("wangcang", 1)]


def test_words_without_meaning_find_nothing_and_not_everything():
    assert browse(BrowseFilters(q="!!!")).ids == []
    assert browse(BrowseFilters(q="  ")).total == 10


def test_words_and_filters_hold_together():
    page = browse(BrowseFilters(q="茶", regions=("longquan",)))
    assert page.ids == search_ids("龙泉红茶")
    assert {facet.value: facet.count for facet in page.regions} == {"longquan": 1, "wangcang": 3}


def test_what_is_withdrawn_is_not_found():
    Listing.objects.filter(sku="LQ-HON-001").update(state=ListingState.WITHDRAWN)
    assert skus("土蜂蜜") == ["WC-HON-001"]


@pytest.mark.parametrize(
    "q", ["x" * 5000, "茶" * 5000, "茶 " * 2000, "蜜蜂" * 2000, "\x00茶", "茶\n蜜" * 900]
)
def test_a_long_query_is_cut_and_bounded(q, django_assert_max_num_queries):
    shelf = current_shelf()
    with django_assert_max_num_queries(7):
        browse(BrowseFilters(q=q), shelf=shelf)


def test_the_index_is_written_once():
    ids = list(Listing.objects.values_list("product_id", flat=True))
    assert index_products(product_ids=ids) == 0
    Listing.objects.filter(sku="WC-TEA-001").update(name_zh="木门白茶")
    assert index_products(product_ids=ids) == 1
    assert skus("白茶") == ["WC-TEA-001"]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL generates its column")
def test_the_index_follows_every_change_of_the_stored_words():
    text = SearchText.objects.get(product__listing__sku="WC-EGG-001")
    with connection.cursor() as cursor:

        def found(token):
            cursor.execute(
                "SELECT rowid FROM listings_searchindex WHERE listings_searchindex MATCH %s", [f'"{token}"']
            )
            return [pk for (pk,) in cursor.fetchall()]

        assert text.product_id in found("皮蛋")
        SearchText.objects.filter(pk=text.pk).update(title=" 白茶 ", body=" ", pinyin=" ")
        assert (text.product_id in found("皮蛋"), found("白茶")) == (False, [text.product_id])
        text.delete()
        assert found("白茶") == []
        cursor.execute(
            "INSERT INTO listings_searchindex (listings_searchindex, rank) VALUES ('integrity-check', 1)"
        )


@pytest.mark.skipif(connection.vendor != "postgresql", reason="the index is PostgreSQL's")
def test_ten_thousand_products_are_searched_by_the_index(ten_thousand_texts):
    """One full shop for all the words: to fill it takes longer than to ask."""
    words = ("茶", "皮蛋", "土蜂蜜", "fengmi", "旺苍 tfm")
    assert [(q, wrong) for q in words for wrong in _wrong_with_the_index(q)] == []


def _wrong_with_the_index(q):
    shelf = current_shelf()
    with CaptureQueriesContext(connection) as asked:
        found = browse(BrowseFilters(q=q), shelf=shelf)
    if not found.ids or sorted(found.ids) != sorted(search_ids(q)):
        yield found
    if asked.captured_queries[-1]["sql"].count("listings_products_with(") == 0:
        yield asked.captured_queries
    with connection.cursor() as cursor:
        cursor.execute("SELECT prosrc, proconfig FROM pg_proc WHERE proname = 'listings_products_with'")
        body, settings = cursor.fetchone()
        if settings != ["enable_seqscan=off"]:
            yield settings
        # As the function plans it.
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("EXPLAIN " + body.replace("asked", "'t茶'::tsquery"))
        plan = "\n".join(line for (line,) in cursor.fetchall())
        cursor.execute("SET LOCAL enable_seqscan = on")
    if "Bitmap Index Scan on listings_search_tokens" not in plan:
        yield plan


@pytest.fixture
def ten_thousand_texts():
    """Other goods beside the ten on the shelf; they answer none of the words asked for, so the index pays."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO catalogue_product (structure, title, slug, description, is_discountable, is_public, "
            "date_created, date_updated, priority) SELECT 'standalone', '竹' || n, 'p' || n, '', true, true, now(), "
            "now(), 0 FROM generate_series(1, 10000) AS n"
        )
        cursor.execute(
            "INSERT INTO listings_searchtext (product_id, title, supplier, body, pinyin) "
            "SELECT id, ' 竹 ' || id || ' ', ' 竹 ', ' 竹 笋 竹笋 ', ' zhu ' FROM catalogue_product "
            "WHERE title LIKE '竹%%'"
        )
        cursor.execute("ANALYZE listings_searchtext")


def test_a_token_longer_than_any_query_is_kept_out_of_the_index():
    product = Listing.objects.get(sku="WC-TEA-001").product
    product.description = "x" * 3000 + " 白毫"
    product.save()
    index_products(product_ids=[product.pk])
    assert skus("白毫") == ["WC-TEA-001"]
