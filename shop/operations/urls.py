"""Addresses of the staff's queue, orders and parcels, and of the outbox."""

from django.urls import path

from shop.operations import money_views, orders, shortages, views

app_name = "operations"
urlpatterns = [
    path("desk/", views.desk, name="desk"),
    path("outbox/", views.outbox, name="outbox"),
    path("outbox/<int:pk>/retry/", views.retry, name="retry"),
    path("notices/<int:pk>/checked/", views.notice_checked, name="notice_checked"),
    path("reconciliation/", money_views.reconciliation, name="reconciliation"),
    path("orders/", orders.orders, name="orders"),
    path("orders/<slug:number>/", orders.order, name="order"),
    path("orders/<slug:number>/refund/", orders.refund, name="order_refund"),
    path("orders/<slug:number>/reduce/", orders.reduce, name="order_reduce"),
    path("orders/<slug:number>/checked/", orders.checked, name="order_checked"),
    path("shortages/", shortages.shortages, name="shortages"),
    path("shortages/<int:pk>/decide/", shortages.decide, name="shortage_decide"),
    path("parcels/", orders.parcels, name="parcels"),
    path("parcels/<int:pk>/signed/", orders.parcel_signed, name="parcel_signed"),
    path("parcels/<int:pk>/stop/", orders.parcel_stop, name="parcel_stop"),
    path("parcels/<int:pk>/restart/", orders.parcel_restart, name="parcel_restart"),
]
