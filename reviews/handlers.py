"""What reviews take part in elsewhere, and the events that they publish made known."""

from accounts.hooks import export_sections
from orders.metrics.hooks import rating_histograms
from reviews import events  # noqa: F401 - the outbox knows an event by its class
from reviews.selectors import held_questions, held_reviews, shop_histogram

rating_histograms.append(shop_histogram)
export_sections["reviews"] = held_reviews
export_sections["questions"] = held_questions
