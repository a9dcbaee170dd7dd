"""Payment and carriers, with the keys to each."""

from marketplace.settings.environment import env

# Payment: a provider without its secrets is not offered.
STRIPE_SECRET_KEY = env.str("STRIPE_SECRET_KEY", "")
STRIPE_WEBHOOK_SECRET = env.str("STRIPE_WEBHOOK_SECRET", "")
STRIPE_API_BASE = env.str("STRIPE_API_BASE", "")
VNPAY_TMN_CODE = env.str("VNPAY_TMN_CODE", "")
VNPAY_HASH_SECRET = env.str("VNPAY_HASH_SECRET", "")
VNPAY_URL = env.str("VNPAY_URL", "https://sandbox.vnpayment.vn/paymentv2/vpcpay.html")
VNPAY_API_URL = env.str(
    "VNPAY_API_URL", "https://sandbox.vnpayment.vn/merchant_webapi/api/transaction"
)
MOMO_PARTNER_CODE = env.str("MOMO_PARTNER_CODE", "")
MOMO_ACCESS_KEY = env.str("MOMO_ACCESS_KEY", "")
MOMO_SECRET_KEY = env.str("MOMO_SECRET_KEY", "")
MOMO_API_URL = env.str("MOMO_API_URL", "https://test-payment.momo.vn")
# The make-believe provider; `dev` turns it on.
FAKE_PAYMENTS = False

# Carriers: one without its token and its webhook's secret is off.
GHTK_TOKEN = env.str("GHTK_TOKEN", "")
GHTK_API_URL = env.str("GHTK_API_URL", "https://services.giaohangtietkiem.vn")
# The partner code that GHTK gives to platforms; shops with a token of their own need none.
GHTK_CLIENT_SOURCE = env.str("GHTK_CLIENT_SOURCE", "")
GHTK_WEBHOOK_SECRET = env.str("GHTK_WEBHOOK_SECRET", "")
VIETTEL_POST_TOKEN = env.str("VIETTEL_POST_TOKEN", "")
VIETTEL_POST_API_URL = env.str("VIETTEL_POST_API_URL", "https://partner.viettelpost.vn")
VIETTEL_POST_WEBHOOK_SECRET = env.str("VIETTEL_POST_WEBHOOK_SECRET", "")
VIETTEL_POST_PRINT_URL = env.str(
    "VIETTEL_POST_PRINT_URL", "https://digitalize.viettelpost.vn/DigitalizePrint/report.do"
)
