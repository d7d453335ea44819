"""What every form does with a service's refusal."""

from django import forms

from shop.core.exceptions import ShopError


def add_refusal(form: forms.Form, refused: ShopError) -> None:
    """Put a service's refusal at the field it names, or above the form."""
    form.add_error(refused.field if refused.field in form.fields else None, str(refused))
