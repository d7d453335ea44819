"""The unified social credit code (统一社会信用代码) of an organisation."""

import unicodedata

from django.utils.translation import gettext as _
from stdnum.cn import uscc
from stdnum.exceptions import ValidationError

from shop.core.exceptions import ShopError


class CreditCodeError(ShopError):
    """What was typed is no credit code."""


def normalise_credit_code(typed: str) -> str:
    """Return the code as stored: 18 capitals and digits, wide characters, blanks and hyphens undone; "" for "".

    Raises CreditCodeError when length, characters or the check character of GB 32100-2015 are wrong.
    """
    code = "".join(unicodedata.normalize("NFKC", typed).upper().replace("-", " ").split())
    if not code:
        return ""
    try:
        return uscc.validate(code)
    except ValidationError as error:
        raise CreditCodeError(
            _(
                "This is not a unified social credit code: please compare its 18 characters with the certificate."
            ),
            code="credit_code",
            field="credit_code",
        ) from error
