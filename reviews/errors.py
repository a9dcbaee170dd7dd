"""Refusals of reviews and questions."""

from marketplace.common.errors import DomainError, InvalidTransition
from reviews.constants import EDITABLE_FOR, MAX_OPEN_QUESTIONS, MAX_PHOTOS


class NotDelivered(DomainError):
    code = "not_delivered"
    message = "What has not arrived yet cannot be reviewed."


class AlreadyReviewed(DomainError):
    """One review per order item, also after it was deleted."""

    code = "already_reviewed"
    message = "You have reviewed this purchase already."


class EditingEnded(DomainError):
    code = "editing_ended"
    message = f"A review can be changed and deleted for {EDITABLE_FOR.days} days."


class TooManyPhotos(DomainError):
    code = "too_many_images"
    message = f"A review has at most {MAX_PHOTOS} images."


class OwnContent(DomainError):
    """Nobody votes for or reports what is their own, and a shop does not vote for its goods."""

    code = "own_content"
    message = "This is your own, or about your own goods."


class AlreadyAnswered(DomainError):
    code = "already_answered"
    message = "The shop has answered this question: it cannot be changed or deleted any more."


class TooManyOpenQuestions(DomainError):
    code = "too_many_open_questions"
    message = (
        f"{MAX_OPEN_QUESTIONS} of your questions about this product wait for an answer already."
    )


class NothingToDecide(InvalidTransition):
    """It is so already, nobody has reported it since, or its author has deleted it."""

    message = "There is nothing to decide: it is so already, or its author has deleted it."
