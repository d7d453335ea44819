"""The staff's pages about what units buy, under /dashboard/."""

from django.urls import path

from shop.procurement.views import caps, leads

app_name = "procurement_desk"
urlpatterns = [
    path("leads/", leads.leads, name="leads"),
    path("leads/export/<slug:kind>/", leads.export, name="leads_export"),
    path("leads/<slug:number>/", leads.lead, name="lead"),
    path("welfare-caps/", caps.welfare_caps, name="welfare_caps"),
]
