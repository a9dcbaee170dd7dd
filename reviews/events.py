"""Facts about reviews and questions. Topics and field names stand in stored rows: they stay."""

from dataclasses import dataclass
from uuid import UUID

from marketplace.common.outbox.events import Event


@dataclass(frozen=True)
class ReviewCreated(Event):
    """A buyer has judged a purchase; the shop may reply."""

    topic = "reviews.created"

    review_id: UUID
    product_id: UUID
    shop_id: UUID
    user_id: UUID
    rating: int


@dataclass(frozen=True)
class ReviewReplied(Event):
    """The shop has replied for the first time; changing the reply is not told."""

    topic = "reviews.replied"

    review_id: UUID
    product_id: UUID
    shop_id: UUID
    user_id: UUID


@dataclass(frozen=True)
class ReviewHidden(Event):
    """A review is not public any more.

    `is_automatic`: reports have hidden it until staff decide, and there is no reason yet. When
    staff confirm that, they publish it again, with theirs.
    """

    topic = "reviews.hidden"

    review_id: UUID
    product_id: UUID
    shop_id: UUID
    user_id: UUID
    reason: str
    is_automatic: bool


@dataclass(frozen=True)
class ReviewPublished(Event):
    """A review that was hidden is public again."""

    topic = "reviews.published"

    review_id: UUID
    product_id: UUID
    shop_id: UUID
    user_id: UUID
    reason: str


@dataclass(frozen=True)
class QuestionAsked(Event):
    """Somebody wants to know something of a product's shop."""

    topic = "questions.asked"

    question_id: UUID
    product_id: UUID
    shop_id: UUID
    user_id: UUID


@dataclass(frozen=True)
class QuestionAnswered(Event):
    """The shop has answered for the first time; changing the answer is not told."""

    topic = "questions.answered"

    question_id: UUID
    product_id: UUID
    shop_id: UUID
    user_id: UUID


@dataclass(frozen=True)
class QuestionHidden(Event):
    """A question, with its answer, is not public any more; see ReviewHidden."""

    topic = "questions.hidden"

    question_id: UUID
    product_id: UUID
    shop_id: UUID
    user_id: UUID
    reason: str
    is_automatic: bool


@dataclass(frozen=True)
class QuestionPublished(Event):
    """A question that was hidden is public again."""

    topic = "questions.published"

    question_id: UUID
    product_id: UUID
    shop_id: UUID
    user_id: UUID
    reason: str
