import pytest

from accounts.tests.factories import UserFactory
from marketplace.common.errors import NotFound
from marketplace.common.outbox.models import OutboxEvent
from reviews.errors import OwnContent
from reviews.models import HelpfulVote
from reviews.services.moderation import hide_review
from reviews.services.replies import answer_question, reply_to_review
from reviews.services.votes import vote_helpful, withdraw_vote
from reviews.tests.factories import HelpfulVoteFactory, QuestionFactory, ReviewFactory

pytestmark = pytest.mark.django_db


def test_vote_counts_once_and_can_be_taken_back():
    review, voter = ReviewFactory(), UserFactory()

    counts = [vote_helpful(review.pk, voter=voter).helpful_count for _ in range(2)]
    counts += [withdraw_vote(review.pk, voter=voter).helpful_count for _ in range(2)]

    assert counts == [1, 1, 0, 0]
    assert not HelpfulVote.objects.exists()


@pytest.mark.parametrize("who", ["user", "shop.owner"])
def test_neither_the_author_nor_the_shop_votes(who):
    review = ReviewFactory()
    voter = review
    for name in who.split("."):
        voter = getattr(voter, name)

    with pytest.raises(OwnContent):
        vote_helpful(review.pk, voter=voter)

    review.refresh_from_db()
    assert review.helpful_count == 0


def test_hidden_review_gets_neither_votes_nor_replies():
    review = HelpfulVoteFactory().review
    hide_review(review.pk, actor=UserFactory(), reason="Names a person.")

    for call in (
        lambda: vote_helpful(review.pk, voter=UserFactory()),
        lambda: withdraw_vote(review.pk, voter=review.votes.get().user),
        lambda: reply_to_review(review.pk, actor=review.shop.owner, content="Cảm ơn bạn!"),
    ):
        with pytest.raises(NotFound):
            call()

    review.refresh_from_db()
    assert (review.helpful_count, review.reply) == (1, "")


def test_second_reply_takes_the_place_of_the_first_and_is_not_told():
    review = ReviewFactory()

    for content in ("Cảm ơn bạn!", "Cảm ơn bạn, hẹn gặp lại!"):
        reply_to_review(review.pk, actor=review.shop.owner, content=content)

    review.refresh_from_db()
    assert review.reply == "Cảm ơn bạn, hẹn gặp lại!"
    assert review.replied_at is not None
    (event,) = OutboxEvent.objects.all()
    assert (event.topic, event.payload["user_id"]) == ("reviews.replied", str(review.user_id))


def test_second_answer_takes_the_place_of_the_first_and_is_not_told():
    question = QuestionFactory()

    for content in ("Không co.", "Co khoảng 2 %."):
        answer_question(question.pk, actor=question.shop.owner, content=content)

    question.refresh_from_db()
    assert question.answer == "Co khoảng 2 %."
    (event,) = OutboxEvent.objects.all()
    assert (event.topic, event.payload["user_id"]) == ("questions.answered", str(question.user_id))
