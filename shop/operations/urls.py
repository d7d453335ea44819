"""Addresses of the staff's queue, orders and parcels, and of the outbox."""

from django.urls import path

from shop.operations import (
    journal_page,
    money_views,
    order_acts,
    orders,
    people,
    shortages,
    stock_file_views,
    stock_views,
    views,
)

app_name = "operations"
urlpatterns = [
    path("desk/", views.desk, name="desk"),
    path("desk/take/", views.work_take, name="work_take"),
    path("outbox/", views.outbox, name="outbox"),
    path("outbox/retry-handler/", views.retry_handler, name="retry_handler"),
    path("outbox/<int:pk>/retry/", views.retry, name="retry"),
    path("notices/<int:pk>/checked/", views.notice_checked, name="notice_checked"),
    path("reconciliation/", money_views.reconciliation, name="reconciliation"),
    path("orders/", orders.orders, name="orders"),
    path("orders/<slug:number>/", orders.order, name="order"),
    path("orders/<slug:number>/refund/", orders.refund, name="order_refund"),
    path("orders/<slug:number>/reduce/", orders.reduce, name="order_reduce"),
    path("orders/<slug:number>/checked/", orders.checked, name="order_checked"),
    path("orders/<slug:number>/cancel/", order_acts.cancel, name="order_cancel"),
    path("orders/<slug:number>/stop/", order_acts.stop, name="order_stop"),
    path("orders/<slug:number>/resume/", order_acts.resume, name="order_resume"),
    path("orders/<slug:number>/note/", order_acts.note, name="order_note"),
    path("orders/<slug:number>/reship/", order_acts.reship, name="order_reship"),
    path(
        "orders/<slug:number>/reship/<int:pk>/cancel/", order_acts.reship_cancel, name="order_reship_cancel"
    ),
    path("orders/<slug:number>/move-money/", order_acts.move_money, name="order_move_money"),
    path("people/", people.people, name="people"),
    path("people/<int:pk>/", people.person, name="person"),
    path("journal/", journal_page.journal, name="journal"),
    path("journal/export/<slug:kind>/", journal_page.journal_export, name="journal_export"),
    path("shortages/", shortages.shortages, name="shortages"),
    path("shortages/<int:pk>/decide/", shortages.decide, name="shortage_decide"),
    path("stock/", stock_views.stock, name="stock"),
    path("stock/alerts/", stock_views.alerts, name="stock_alerts"),
    path("stock/places/", stock_views.places, name="stock_places"),
    path("stock/files/", stock_file_views.files, name="stock_files"),
    path("stock/files/list.<str:kind>", stock_file_views.list_file, name="stock_list"),
    path("stock/files/<int:pk>/", stock_file_views.file, name="stock_file"),
    path("stock/<int:pk>/", stock_views.product, name="stock_product"),
    path("parcels/", orders.parcels, name="parcels"),
    path("parcels/<int:pk>/signed/", orders.parcel_signed, name="parcel_signed"),
    path("parcels/<int:pk>/stop/", orders.parcel_stop, name="parcel_stop"),
    path("parcels/<int:pk>/restart/", orders.parcel_restart, name="parcel_restart"),
]
