from typing import Final

MAX_LINES: Final = 100
MAX_QUANTITY: Final = 999
