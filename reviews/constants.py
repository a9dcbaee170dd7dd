from datetime import timedelta
from typing import Final

from django.db import models

from orders.constants import OrderStatus

# What has arrived can be judged.
REVIEWABLE: Final = frozenset({OrderStatus.DELIVERED, OrderStatus.COMPLETED})
EDITABLE_FOR: Final = timedelta(days=30)
MAX_PHOTOS: Final = 5
MAX_TITLE_LENGTH: Final = 150
MAX_CONTENT_LENGTH: Final = 5_000
MAX_REPLY_LENGTH: Final = 2_000
MAX_REASON_LENGTH: Final = 500
MAX_QUESTION_LENGTH: Final = 1_000
MAX_ANSWER_LENGTH: Final = 2_000
# Questions of one user about one product that wait for an answer.
MAX_OPEN_QUESTIONS: Final = 3

HOUR_SECONDS: Final = 3_600
DAY_SECONDS: Final = 86_400
QUESTIONS_PER_HOUR: Final = 10
QUESTIONS_PER_DAY: Final = 30
REPORTS_PER_DAY: Final = 50
# Uploads, not files; a review is made once per item, but its photos can be changed.
PHOTO_UPLOADS_PER_DAY: Final = 100


class Visibility(models.TextChoices):
    PUBLISHED = "published"
    HIDDEN = "hidden"


class ReviewOrdering(models.TextChoices):
    NEWEST = "newest"
    HELPFUL = "helpful"
    RATING = "rating"
