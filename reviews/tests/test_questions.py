import pytest

from accounts.errors import AccountNotVerified
from accounts.tests.factories import UserFactory
from catalog.constants import ProductStatus
from catalog.tests.factories import ProductFactory
from marketplace.common.errors import NotFound, TooManyAttempts
from marketplace.common.outbox.models import OutboxEvent
from reviews.errors import AlreadyAnswered, OwnContent, TooManyOpenQuestions
from reviews.models import Question
from reviews.services import questions
from reviews.services.questions import archive_question, ask_question, update_question
from reviews.services.replies import answer_question
from reviews.tests.factories import QuestionFactory
from shops.constants import ShopStatus

pytestmark = pytest.mark.django_db

TEXT = "Áo này có co không?"


def test_question_is_public_at_once_and_the_shop_is_told():
    product, author = ProductFactory(), UserFactory()

    question = ask_question(product.pk, author=author, content=TEXT)

    assert list(Question.objects.public()) == [question]
    (event,) = OutboxEvent.objects.all()
    assert event.topic == "questions.asked"
    assert event.payload == {
        "question_id": str(question.pk),
        "product_id": str(product.pk),
        "shop_id": str(product.shop_id),
        "user_id": str(author.pk),
    }


@pytest.mark.parametrize(
    "hidden", [{"status": ProductStatus.DRAFT}, {"shop__status": ShopStatus.SUSPENDED}]
)
def test_about_what_is_not_public_nothing_is_asked(hidden):
    product = ProductFactory(**hidden)

    with pytest.raises(NotFound):
        ask_question(product.pk, author=UserFactory(), content=TEXT)

    assert not Question.objects.exists()


def test_shop_asks_itself_nothing():
    product = ProductFactory()

    with pytest.raises(OwnContent):
        ask_question(product.pk, author=product.shop.owner, content=TEXT)

    assert not Question.objects.exists()


def test_account_that_was_never_confirmed_asks_nothing():
    author = UserFactory(phone_verified_at=None)

    with pytest.raises(AccountNotVerified):
        ask_question(ProductFactory().pk, author=author, content=TEXT)

    assert not Question.objects.exists()


def test_only_three_questions_of_a_user_about_a_product_wait():
    product, author = ProductFactory(), UserFactory()
    asked = [ask_question(product.pk, author=author, content=TEXT) for _ in range(3)]

    with pytest.raises(TooManyOpenQuestions):
        ask_question(product.pk, author=author, content=TEXT)
    ask_question(ProductFactory().pk, author=author, content=TEXT)
    ask_question(product.pk, author=UserFactory(), content=TEXT)
    answer_question(asked[0].pk, actor=product.shop.owner, content="Không co.")
    ask_question(product.pk, author=author, content=TEXT)

    assert Question.objects.written_by(author).filter(product=product).count() == 4


def test_only_so_many_questions_are_asked_in_an_hour(monkeypatch):
    monkeypatch.setattr(questions, "QUESTIONS_PER_HOUR", 2)
    author = UserFactory()
    for _ in range(2):
        ask_question(ProductFactory().pk, author=author, content=TEXT)

    with pytest.raises(TooManyAttempts):
        ask_question(ProductFactory().pk, author=author, content=TEXT)

    assert Question.objects.count() == 2


def test_author_changes_and_withdraws_what_waits():
    question = QuestionFactory()

    update_question(question.pk, author=question.user, content="Vải gì?")
    question.refresh_from_db()
    assert (question.content, question.edited_at is not None) == ("Vải gì?", True)
    archive_question(question.pk, author=question.user)

    assert not Question.objects.public().exists()
    with pytest.raises(NotFound):
        archive_question(question.pk, author=question.user)


def test_what_was_answered_stays():
    question = QuestionFactory()
    answer_question(question.pk, actor=question.shop.owner, content="Không co.")

    with pytest.raises(AlreadyAnswered):
        update_question(question.pk, author=question.user, content="Vải gì?")
    with pytest.raises(AlreadyAnswered):
        archive_question(question.pk, author=question.user)

    question.refresh_from_db()
    assert (question.content, question.archived_at) == (QuestionFactory.content, None)


def test_anothers_question_is_not_there():
    question = QuestionFactory()

    with pytest.raises(NotFound):
        update_question(question.pk, author=UserFactory(), content="Vải gì?")
    with pytest.raises(NotFound):
        archive_question(question.pk, author=question.shop.owner)

    question.refresh_from_db()
    assert (question.edited_at, question.archived_at) == (None, None)
