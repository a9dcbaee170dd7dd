from django.db import models


class ReviewStatus(models.TextChoices):
    PUBLISHED = "published"
    HIDDEN = "hidden"
