from shop.core.exceptions import ShopError


class ChannelSettingError(ShopError):
    """A way to reach a supplier, or a limit of text messages, that cannot be kept as asked."""
