"""Addresses of the gateways."""

from django.urls import path

from shop.gateways import bank_dashboard, bill_dashboard, dashboard, money_dashboard, views

app_name = "gateways"

urlpatterns = [
    path("pay/<slug:number>/", views.cashier, name="cashier"),
    path("pay/<slug:number>/start/", views.pay, name="pay"),
    path("pay/<slug:number>/transfer/", views.transfer_instructions, name="transfer_instructions"),
    path("pay/<slug:number>/return/", views.pay_return, name="return"),
    path("pay/<slug:number>/state/", views.state, name="state"),
    path("demo-pay/<str:token>/", views.demo_page, name="demo_page"),
    path("notices/<slug:provider>/", views.notice, name="notice"),
    path("dashboard/transfers/", dashboard.transfers, name="transfers"),
    path("dashboard/transfers/new/", dashboard.transfer_propose, name="transfer_propose"),
    path("dashboard/transfers/<id:pk>/confirm/", dashboard.transfer_confirm, name="transfer_confirm"),
    path("dashboard/transfers/<id:pk>/reject/", dashboard.transfer_reject, name="transfer_reject"),
    path("dashboard/refunds/", dashboard.refund_queue, name="refund_queue"),
    path("dashboard/refund-requests/<id:pk>/approve/", dashboard.refund_approve, name="refund_approve"),
    path("dashboard/refund-requests/<id:pk>/refuse/", dashboard.refund_refuse, name="refund_refuse"),
    path("dashboard/refunds/<id:pk>/sent/", dashboard.payout_sent, name="payout_sent"),
    path("dashboard/refunds/<id:pk>/confirm/", dashboard.payout_confirm, name="payout_confirm"),
    path("dashboard/refunds/<id:pk>/retry/", dashboard.refund_retry, name="refund_retry"),
    path("dashboard/refunds/<id:pk>/approve/", dashboard.return_approve, name="return_approve"),
    path("dashboard/refunds/<id:pk>/withdraw/", dashboard.return_withdraw, name="return_withdraw"),
    path("dashboard/payment-services/", dashboard.payment_services, name="payment_services"),
    path("dashboard/payments/<id:pk>/return/", dashboard.return_propose, name="return_propose"),
    path("dashboard/statements/", bank_dashboard.statements, name="statements"),
    path("dashboard/statements/<id:pk>/", bank_dashboard.statement, name="statement"),
    path("dashboard/statements/<id:pk>/confirm/", bank_dashboard.statement_confirm, name="statement_confirm"),
    path("dashboard/statements/<id:pk>/discard/", bank_dashboard.statement_discard, name="statement_discard"),
    path("dashboard/bank-accounts/new/", bank_dashboard.bank_account_new, name="bank_account_new"),
    path("dashboard/bank-accounts/<id:pk>/", bank_dashboard.bank_account, name="bank_account"),
    path("dashboard/statement-lines/", bank_dashboard.statement_lines, name="statement_lines"),
    path("dashboard/differences/", bank_dashboard.differences, name="differences"),
    path("dashboard/differences/<id:pk>/assign/", bank_dashboard.difference_assign, name="difference_assign"),
    path(
        "dashboard/differences/<id:pk>/resolve/",
        bank_dashboard.difference_resolve,
        name="difference_resolve",
    ),
    path("dashboard/differences/<id:pk>/take/", bank_dashboard.difference_take, name="difference_take"),
    path("dashboard/payments/<id:pk>/assign/", bank_dashboard.assignment_propose, name="assignment_propose"),
    path(
        "dashboard/assignments/<id:pk>/approve/",
        bank_dashboard.assignment_approve,
        name="assignment_approve",
    ),
    path(
        "dashboard/assignments/<id:pk>/withdraw/",
        bank_dashboard.assignment_withdraw,
        name="assignment_withdraw",
    ),
    path("dashboard/bills/", bill_dashboard.bills, name="bills"),
    path("dashboard/bills/<id:pk>/", bill_dashboard.bill, name="bill"),
    path("dashboard/fee-rules/", bill_dashboard.fee_rule, name="fee_rule"),
    path("dashboard/payer-names/", money_dashboard.payer_names, name="payer_names"),
    path(
        "dashboard/payer-names/<id:pk>/remove/", money_dashboard.payer_name_remove, name="payer_name_remove"
    ),
    path(
        "dashboard/payer-accounts/<id:pk>/remove/",
        money_dashboard.payer_account_remove,
        name="payer_account_remove",
    ),
    path("dashboard/payments/<id:pk>/move/", money_dashboard.move_propose, name="move_propose"),
    path("dashboard/moves/<id:pk>/approve/", money_dashboard.move_approve, name="move_approve"),
    path("dashboard/moves/<id:pk>/withdraw/", money_dashboard.move_withdraw, name="move_withdraw"),
    path("dashboard/refunds/<id:pk>/payee/", money_dashboard.payee_propose, name="payee_propose"),
    path("dashboard/payees/<id:pk>/approve/", money_dashboard.payee_approve, name="payee_approve"),
    path("dashboard/payees/<id:pk>/withdraw/", money_dashboard.payee_withdraw, name="payee_withdraw"),
]
