"""Settings of the WeChat login. Off unless both keys are set; never run against WeChat itself (未联调).

The two addresses are for stand-ins in tests; production refuses other ones.
"""

from shop.config.env import env

WEIXIN_OPEN = "https://open.weixin.qq.com"
WEIXIN_API = "https://api.weixin.qq.com"
WEIXIN_APP_ID = env.str("WEIXIN_APP_ID", default="")
WEIXIN_APP_SECRET = env.str("WEIXIN_APP_SECRET", default="")
WEIXIN_OPEN_BASE = env.str("WEIXIN_OPEN_BASE", default=WEIXIN_OPEN)
WEIXIN_API_BASE = env.str("WEIXIN_API_BASE", default=WEIXIN_API)
#: Browsers apply the content policy to the redirect that follows the button.
WEIXIN_FORM_ACTION = WEIXIN_OPEN_BASE if WEIXIN_APP_ID and WEIXIN_APP_SECRET else ""
SOCIALACCOUNT_ADAPTER = "shop.accounts.weixin.SocialAdapter"
SOCIALACCOUNT_FORMS = {"signup": "shop.accounts.forms.WeixinSignupForm"}
