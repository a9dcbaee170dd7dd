from typing import Final

from django.db import models

OTP_DIGITS: Final = 6
OTP_TTL_SECONDS: Final = 300
OTP_MAX_ATTEMPTS: Final = 5
# A second request within this time is a double click: the code that was just sent stands.
OTP_REPEAT_SECONDS: Final = 20
# Codes and notices to one phone number or mailbox.
SENDS_PER_QUARTER: Final = 3
SENDS_PER_DAY: Final = 10

QUARTER_SECONDS: Final = 900
DAY_SECONDS: Final = 86_400
# Wrong passwords for one account from one address. There is no limit per account alone, which
# would let anybody lock anybody out.
LOGINS_PER_ACCOUNT_AND_ADDRESS: Final = 10
# Wrong codes of a second factor; three of a million are right at any moment.
SECOND_FACTORS_PER_QUARTER: Final = 5
SECOND_FACTORS_PER_DAY: Final = 20
RECOVERY_CODES: Final = 10
# Wrong answers of a signed-in user to "your present password".
PASSWORD_CHECKS_PER_QUARTER: Final = 10

# However often it is refreshed, a sign-in ends after this long.
SESSION_MAX_DAYS: Final = 90
# An unverified registration older than this may be taken over by a new one with its password.
UNVERIFIED_KEEPS_PASSWORD_SECONDS: Final = DAY_SECONDS

MAX_PASSWORD_LENGTH: Final = 128
MAX_ADDRESSES: Final = 50
MAX_API_KEYS: Final = 20
AVATAR_MAX_PIXELS: Final = 512


class CodePurpose(models.TextChoices):
    VERIFY = "verify"
    RESET_PASSWORD = "reset_password"
    CHANGE_IDENTIFIER = "change_identifier"


class Channel(models.TextChoices):
    SMS = "sms"
    EMAIL = "email"


class Language(models.TextChoices):
    VIETNAMESE = "vi"
    ENGLISH = "en"


class Role(models.TextChoices):
    BUYER = "buyer"
    SELLER = "seller"
    STAFF = "staff"


class AddressKind(models.TextChoices):
    SHIPPING = "shipping"
    BILLING = "billing"


class ApiScope(models.TextChoices):
    READ_PRODUCTS = "read:products"
    WRITE_PRODUCTS = "write:products"
    READ_ORDERS = "read:orders"
    WRITE_ORDERS = "write:orders"


# Source: ISO 3166-1 alpha-2.
_COUNTRY_CODES = """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR
    BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ
    EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW
    GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY
    KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV
    MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY
    QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG
    TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM
    ZW
"""
COUNTRIES: Final = frozenset(_COUNTRY_CODES.split())
