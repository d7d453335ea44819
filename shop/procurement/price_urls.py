"""Addresses of asked prices: the unit's, the supplier's and the staff's."""

from django.urls import path

from shop.procurement.views import asked_prices, prices

app_name = "prices"
urlpatterns = [
    path("unit/prices/", prices.prices, name="prices"),
    path("unit/prices/ask/", prices.ask, name="ask"),
    path("unit/prices/<slug:number>/", prices.price, name="price"),
    path("unit/requests/<slug:number>/prices/drop/", prices.drop, name="drop"),
    path("supplier/prices/", asked_prices.supplier_prices, name="supplier_prices"),
    path("supplier/prices/<slug:number>/", asked_prices.supplier_price, name="supplier_price"),
    path("dashboard/prices/", asked_prices.staff_prices, name="staff_prices"),
    path("dashboard/prices/<slug:number>/", asked_prices.staff_price, name="staff_price"),
]
