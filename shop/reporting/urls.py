"""Addresses of the staff's figures."""

from django.urls import path

from shop.reporting import (
    cockpit_views,
    correction_views,
    export_views,
    mailing_views,
    month_views,
    target_views,
    views,
)

app_name = "reporting"
urlpatterns = [
    path("", cockpit_views.overview_page, name="overview"),
    path("export/<slug:kind>/", cockpit_views.overview_export, name="export"),
    path("entries/", views.drill_page, name="drill"),
    path("entries/export/<slug:kind>/", views.drill_export, name="drill_export"),
    path("entries/export/<slug:kind>/ask/", views.drill_export_ask, name="drill_export_ask"),
    path("entries/parcels/<id:pk>/", views.parcel_page, name="parcel"),
    path("exports/", export_views.exports, name="exports"),
    path("exports/log/", export_views.export_log, name="export_log"),
    path("exports/<uuid:key>/", export_views.export_job, name="export_job"),
    path("exports/<uuid:key>/state/", export_views.export_state, name="export_state"),
    path("exports/<uuid:key>/file/", export_views.export_file, name="export_file"),
    path("report-recipients/", mailing_views.report_recipients, name="report_recipients"),
    path("report-recipients/<id:pk>/end/", mailing_views.recipient_end, name="recipient_end"),
    path("report-recipients/reports/<id:pk>/again/", mailing_views.mailing_again, name="mailing_again"),
    path("targets/", target_views.targets, name="targets"),
    path("targets/export/<slug:kind>/", target_views.targets_export, name="targets_export"),
    path("months/", month_views.months, name="months"),
    path("months/<slug:month>/", month_views.month, name="month"),
    path("months/<slug:month>/act/", month_views.month_act, name="month_act"),
    path("months/<slug:month>/statement/", month_views.month_statement, name="month_statement"),
    path("months/<slug:month>/report.pdf", month_views.month_pdf, name="month_pdf"),
    path("months/<slug:month>/restated/", month_views.month_restated, name="month_restated"),
    path("corrections/", correction_views.corrections, name="corrections"),
    path("corrections/new/", correction_views.correction_new, name="correction_new"),
    path("corrections/<slug:number>/", correction_views.correction, name="correction"),
    path("corrections/<slug:number>/decide/", correction_views.correction_decide, name="correction_decide"),
    path("evidence/", correction_views.evidence, name="evidence"),
    path("register/", correction_views.register_page, name="register"),
    path("register/<id:pk>/decide/", correction_views.collision_decide, name="collision_decide"),
]
