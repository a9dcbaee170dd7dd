from typing import Final

MAX_LISTS: Final = 50
MAX_ITEMS: Final = 500
MAX_NAME_LENGTH: Final = 100
MAX_NOTE_LENGTH: Final = 500
# Of the list that is made with a buyer's first wish, by language.
FIRST_NAMES: Final = {"vi": "Yêu thích", "en": "Favourites"}
