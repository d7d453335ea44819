"""Keep the ways in which suppliers are reached. Every act is journalled; a bot's key never is."""

import datetime as dt
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from shop.accounts.phones import masked_phone, normalise_phone
from shop.core import clock
from shop.core.exceptions import ShopError
from shop.core.locks import lock
from shop.journal.services import record as journal
from shop.notifications.channels.wecom import key_of
from shop.notifications.exceptions import ChannelSettingError
from shop.notifications.models import (
    ChannelKind,
    NoticeState,
    SmsRule,
    SupplierChannel,
    SupplierNotice,
)
from shop.notifications.routing import Route
from shop.notifications.services import write_supplier_notice
from shop.suppliers.models import Supplier

#: More ways than anybody reads.
MOST_CHANNELS = 10


@transaction.atomic
def add_channel(*, supplier: Supplier, channel: str, typed: str, actor_id: int) -> SupplierChannel:
    """Add a way to reach a supplier behind those that it has; one that was switched off is switched on again.

    `typed` is a mail address, a mobile number, or the webhook (or key) of a group bot. Raises
    ChannelSettingError (address, secret, channel): malformed, or MOST_CHANNELS are there. Safe to call twice.
    """
    lock(Supplier.objects.filter(pk=supplier.pk)).get()
    address, secret = _cleaned(channel, typed)
    rows = SupplierChannel.objects.filter(supplier=supplier)
    found = rows.filter(channel=channel, address=address, secret=secret).first()
    if found is not None:
        return _switch(found, True, actor_id)
    if rows.count() >= MOST_CHANNELS:
        raise ChannelSettingError(
            _("A supplier has at most %(most)d ways to be reached.") % {"most": MOST_CHANNELS},
            code="too_many",
            field="channel",
        )
    row = SupplierChannel.objects.create(
        supplier=supplier,
        channel=channel,
        address=address,
        secret=secret,
        position=_last_position(supplier) + 1,
        created_at=clock.now(),
    )
    _note(row, "add", actor_id, before={}, after=_trace(row))
    return row


@transaction.atomic
def switch_channel(*, channel_id: int, on: bool, actor_id: int) -> SupplierChannel:
    """Use a channel, or no longer; what waits for it goes by the next one. A second call changes nothing.

    Raises SupplierChannel.DoesNotExist.
    """
    return _switch(lock(SupplierChannel.objects.filter(pk=channel_id)).get(), on, actor_id)


@transaction.atomic
def prefer_channel(*, channel_id: int, actor_id: int) -> SupplierChannel:
    """Put a channel one place forward. The first one stays. Raises SupplierChannel.DoesNotExist."""
    row = SupplierChannel.objects.get(pk=channel_id)
    lock(Supplier.objects.filter(pk=row.supplier_id)).get()
    row.refresh_from_db()
    others = SupplierChannel.objects.filter(supplier=row.supplier_id, position__lt=row.position)
    before = others.order_by("-position").first()
    if before is None:
        return row
    mine, its = row.position, before.position
    # Two rows never hold the same place, not even for a moment: the one in front steps behind all first.
    for moved, place in ((before, _last_position(row.supplier) + 1), (row, its), (before, mine)):
        moved.position = place
        moved.save(update_fields=["position"])
    _note(row, "prefer", actor_id, before={"position": mine}, after={"position": its})
    return row


@transaction.atomic
def send_test(*, channel_id: int, actor_id: int) -> SupplierNotice:
    """Write a test notice for a channel, also for one not in use; while one waits, it is returned instead.

    Raises SupplierChannel.DoesNotExist.
    """
    row = lock(SupplierChannel.objects.filter(pk=channel_id)).get()
    tests = SupplierNotice.objects.filter(via=row, kind="channel_test")
    waiting = tests.filter(state=NoticeState.PENDING).first()
    if waiting is not None:
        return waiting
    notice = write_supplier_notice(
        key=f"test:{row.pk}:{tests.count() + 1}",
        kind="channel_test",
        record=None,
        supplier=row.supplier,
        route=Route(row.channel, row.shown, row),
    )
    _note(row, "test", actor_id, before={}, after={"notice": notice.pk})
    return notice


@transaction.atomic
def set_sms_rule(*, starts_on: dt.date, actor_id: int, **limits: int) -> SmsRule:
    """Set the limits of texts from a day on (today or later), in place of what was set for that day; journalled.

    `limits` are the columns of SmsRule. Raises ChannelSettingError (starts_on) for a day that is over.
    """
    if starts_on < clock.today():
        raise ChannelSettingError(
            _("Limits hold from today or a later day on; what was is not changed."),
            code="in_the_past",
            field="starts_on",
        )
    old = lock(SmsRule.objects.filter(starts_on=starts_on)).first()
    before = {name: getattr(old, name) for name in limits} if old else {}
    if before == limits and old is not None:
        return old
    rule, _created = SmsRule.objects.update_or_create(starts_on=starts_on, defaults=limits)
    journal(
        actor_id=actor_id,
        action="sms_rule.set",
        object_type="sms_rule",
        object_key=str(starts_on),
        before=before,
        after=dict(limits),
    )
    return rule


def _switch(row: SupplierChannel, on: bool, actor_id: int) -> SupplierChannel:
    if row.is_active != on:
        row.is_active = on
        row.save(update_fields=["is_active"])
        _note(row, "switch", actor_id, before={"is_active": not on}, after={"is_active": on})
    return row


def _cleaned(channel: str, typed: str) -> tuple[str, str]:
    """Return address and secret as they are stored."""
    if channel == ChannelKind.WECOM:
        return "", key_of(typed)
    if channel == ChannelKind.SMS:
        try:
            return normalise_phone(typed), ""
        except ShopError as refused:
            raise ChannelSettingError(str(refused), code=refused.code, field="address") from refused
    address = typed.strip().lower()
    try:
        validate_email(address)
    except ValidationError as error:
        raise ChannelSettingError(
            _("This is not an e-mail address."), code="email_invalid", field="address"
        ) from error
    return address, ""


def _last_position(supplier: Supplier) -> int:
    last = SupplierChannel.objects.filter(supplier=supplier).order_by("-position").first()
    return last.position if last else 0


def _trace(row: SupplierChannel) -> dict[str, Any]:
    """Return what the journal keeps for ever: no key, and no number or address in full."""
    shown = {"channel": str(row.channel), "position": row.position}
    if row.secret:
        return shown | {"secret": "set"}
    name, at, host = row.address.partition("@")
    return shown | {"address": f"{name[:2]}…{at}{host}" if at else masked_phone(row.address)}


def _note(
    row: SupplierChannel, act: str, actor_id: int, *, before: dict[str, Any], after: dict[str, Any]
) -> None:
    journal(
        actor_id=actor_id,
        action=f"supplier_channel.{act}",
        object_type="supplier",
        object_key=row.supplier.code,
        before=before,
        after=after | {"row": row.pk},
    )
