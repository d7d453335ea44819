"""Addresses of the shop's own public pages."""

from django.urls import path

from shop.storefront.views import (
    addresses,
    closing,
    content,
    finding,
    orders,
    pages,
    people,
    returns,
    seo,
    units,
    wishes,
)

app_name = "storefront"
urlpatterns = [
    path("account/", people.account, name="account"),
    path("account/close/", closing.account_close, name="account_close"),
    path("account/closed/", closing.account_closed, name="account_closed"),
    path("account/addresses/", addresses.address_list, name="addresses"),
    path("account/addresses/new/", addresses.address_new, name="address_new"),
    path("account/addresses/<int:pk>/", addresses.address, name="address"),
    path("account/addresses/<int:pk>/remove/", addresses.address_remove, name="address_remove"),
    path("account/addresses/<int:pk>/default/", addresses.address_default, name="address_default"),
    path("account/wishes/", wishes.wish_list, name="wishes"),
    path("account/wishes/waiting/", wishes.wish_waiting, name="wish_waiting"),
    path("account/wishes/<int:pk>/keep/", wishes.wish_keep, name="wish_keep"),
    path("account/wishes/<int:pk>/forget/", wishes.wish_forget, name="wish_forget"),
    path("landing/", people.landing, name="landing"),
    path("elder-mode/", people.elder_mode, name="elder_mode"),
    path("orders/", orders.orders, name="orders"),
    path("orders/find/", finding.order_find, name="order_find"),
    path("orders/<slug:number>/", orders.order, name="order"),
    path("orders/<slug:number>/cancel/", orders.cancel, name="order_cancel"),
    path("orders/<slug:number>/receive/", orders.receive, name="order_receive"),
    path("orders/<slug:number>/refund/", orders.refund, name="order_refund"),
    path("orders/<slug:number>/credit/", orders.credit, name="order_credit"),
    path("orders/<slug:number>/returns/", returns.order_returns, name="order_returns"),
    path("orders/<slug:number>/returns/new/<int:pk>/", returns.return_new, name="return_new"),
    path("orders/<slug:number>/returns/<slug:case>/", returns.return_case, name="return_case"),
    path(
        "orders/<slug:number>/returns/<slug:case>/withdraw/", returns.return_withdraw, name="return_withdraw"
    ),
    path(
        "orders/<slug:number>/returns/<slug:case>/received/", returns.return_received, name="return_received"
    ),
    path("orders/<slug:number>/returns/<slug:case>/shop/", returns.return_ask_shop, name="return_ask_shop"),
    path("orders/<slug:number>/returns/<slug:case>/sent/", returns.return_send_back, name="return_send_back"),
    path("o/<slug:number>/<slug:token>/", orders.order_guest, name="order_guest"),
    path("unit/", units.home, name="unit_home"),
    path("regions/", pages.regions, name="regions"),
    path("regions/totals.csv", pages.regions_file, name="regions_file"),
    path("regions/statements/<slug:number>/", pages.statement_file, name="statement_file"),
    path("regions/<slug:slug>/", pages.region, name="region"),
    path("suppliers/<slug:code>/", pages.supplier, name="supplier"),
    path("method/", pages.method, name="method"),
    path("terms/", pages.terms, name="terms"),
    path("privacy/", pages.privacy, name="privacy"),
    path("dashboard/content/", content.content, name="content"),
    path("dashboard/content/banners/new/", content.banner, name="banner_new"),
    path("dashboard/content/banners/<int:pk>/", content.banner, name="banner"),
    path("dashboard/content/stories/new/", content.story, name="story_new"),
    path("dashboard/content/stories/<int:pk>/", content.story, name="story"),
    path("dashboard/content/places/<slug:slug>/", content.region_page, name="region_page"),
    path("robots.txt", seo.robots, name="robots"),
    path("sitemap.xml", seo.sitemap, name="sitemap"),
    path("sitemap-<slug:section>-<int:number>.xml", seo.sitemap_part, name="sitemap_part"),
    path("styleguide/", pages.styleguide, name="styleguide"),
]
