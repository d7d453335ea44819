"""What may be done to organisations, their people, papers, terms and invoice data: one transaction each, journalled."""

from shop.buyers.invitations import accept_invitation, close_invitations, invite, withdraw_invitation
from shop.buyers.invoice_data import InvoiceData, save_invoice_data
from shop.buyers.membership import add_member, change_roles, remove_member
from shop.buyers.own_units import register_own_unit
from shop.buyers.papers import PaperDraft, refuse_paper, upload_paper, verify_paper
from shop.buyers.registering import (
    register_organisation,
    set_parent,
    suspend_organisation,
    verify_organisation,
)
from shop.buyers.terms import approve_terms, end_terms, propose_terms

__all__ = [
    "InvoiceData",
    "PaperDraft",
    "accept_invitation",
    "add_member",
    "approve_terms",
    "change_roles",
    "close_invitations",
    "end_terms",
    "invite",
    "propose_terms",
    "refuse_paper",
    "register_organisation",
    "register_own_unit",
    "remove_member",
    "save_invoice_data",
    "set_parent",
    "suspend_organisation",
    "upload_paper",
    "verify_organisation",
    "verify_paper",
    "withdraw_invitation",
]
