"""Settings of the notices to suppliers and buyers."""

from shop.config.env import env

# Off by default, and never run against the providers: docs/notices.md. The two addresses are for stand-ins in tests.
WECOM_ENABLED = env.bool("WECOM_ENABLED", default=False)
WECOM_API_BASE = env.str("WECOM_API_BASE", default="https://qyapi.weixin.qq.com")
WECOM_PER_MINUTE = env.int("WECOM_PER_MINUTE", default=20)
WECOM_TIMEOUT_SECONDS = env.float("WECOM_TIMEOUT_SECONDS", default=5.0)
ALIYUN_SMS_ACCESS_KEY_ID = env.str("ALIYUN_SMS_ACCESS_KEY_ID", default="")
ALIYUN_SMS_ACCESS_KEY_SECRET = env.str("ALIYUN_SMS_ACCESS_KEY_SECRET", default="")
ALIYUN_SMS_SIGN_NAME = env.str("ALIYUN_SMS_SIGN_NAME", default="")
ALIYUN_SMS_TEMPLATES = env.dict("ALIYUN_SMS_TEMPLATES", default={})
ALIYUN_SMS_ENDPOINT = env.str("ALIYUN_SMS_ENDPOINT", default="https://dysmsapi.aliyuncs.com")
ALIYUN_SMS_TIMEOUT_SECONDS = env.float("ALIYUN_SMS_TIMEOUT_SECONDS", default=5.0)
# After so many hours without a confirmation a supplier is reminded, told another way, and staff are asked.
SUPPLIER_REMINDER_HOURS = env.int("SUPPLIER_REMINDER_HOURS", default=24)
SUPPLIER_NEXT_CHANNEL_HOURS = env.int("SUPPLIER_NEXT_CHANNEL_HOURS", default=30)
SUPPLIER_STAFF_HOURS = env.int("SUPPLIER_STAFF_HOURS", default=36)
# How long before the hold of an unpaid order ends its buyer is told; the hours are for holds of two days and more.
CLOSING_SOON_MINUTES = env.int("CLOSING_SOON_MINUTES", default=10)
CLOSING_SOON_HOURS = env.int("CLOSING_SOON_HOURS", default=24)
