from datetime import date, timedelta
from typing import Final

from orders.constants import OrderStatus

# Of one statement; what lies between is one transaction.
DAYS_PER_CHUNK: Final = 7
# Looked at again by every run: what was committed late, by clocks that differ.
OVERLAP: Final = timedelta(minutes=10)
# A payment that neither came nor failed by then has its order to tell of it.
PAYMENT_DAYS: Final = 7

# What one dashboard may ask for.
MAX_DAYS: Final = 366
DEFAULT_DAYS: Final = 30
FIRST_DAY: Final = date(2000, 1, 1)
LAST_DAY: Final = date(2199, 12, 31)
TOP_PRODUCTS: Final = 10
LOW_STOCK_SHOWN: Final = 20
# Beyond this an exact count says nothing more to a person.
COUNT_CAP: Final = 1_000

# What a seller still has to do something about, in the order of the steps.
TO_SERVE: Final = (OrderStatus.PLACED, OrderStatus.CONFIRMED, OrderStatus.PACKED)
