"""Ratings are those of the public reviews, whatever happens to them and however much at once."""

import io
import random
import threading
from functools import partial

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from accounts.tests.factories import StaffFactory, UserFactory
from catalog.models import Product
from catalog.tests.factories import VariantFactory
from marketplace.common.errors import DomainError
from marketplace.common.locks import job_lock
from marketplace.common.testing import let_go_when_somebody_waits, run_in_parallel
from marketplace.invariants.checks import find_violations
from reviews.errors import AlreadyReviewed, TooManyOpenQuestions
from reviews.models import HelpfulVote, Question, Review, ReviewReport
from reviews.selectors import shop_histogram
from reviews.services.moderation import hide_review, publish_review, report_review
from reviews.services.questions import ask_question
from reviews.services.ratings import rebuild_ratings
from reviews.services.reviews import archive_review, create_review, update_review
from reviews.services.votes import vote_helpful, withdraw_vote
from reviews.tests.factories import DeliveredItemFactory, QuestionFactory, ReviewFactory
from shops.models import Shop

real = pytest.mark.django_db(transaction=True)


class Chance:
    """Does something to some review, or writes one; what is refused changes nothing."""

    def __init__(self, seed, items, staff):
        self.rng = random.Random(seed)
        self.items = items
        self.staff = staff
        self.done = 0

    def step(self):
        rng = self.rng
        item = rng.choice(self.items)
        author = item.order.buyer
        review = Review.objects.filter(order_item=item).first()
        try:
            if review is None:
                create_review(item.pk, author=author, rating=rng.randint(1, 5))
            else:
                # A deleted review is gone for good: seldom, so that there is something left to do.
                work = rng.choices(
                    [
                        lambda: update_review(review.pk, author=author, rating=rng.randint(1, 5)),
                        lambda: hide_review(review.pk, actor=self.staff, reason="Why not."),
                        lambda: publish_review(review.pk, actor=self.staff, reason="Why not."),
                        lambda: archive_review(review.pk, author=author),
                    ],
                    [10, 6, 8, 1],
                )[0]
                work()
            self.done += 1
        except DomainError:
            pass


def shelf(products=4, items=60):
    shops = [VariantFactory(), VariantFactory()]
    variants = [*shops, *(VariantFactory(product__shop=v.shop) for v in shops)][:products]
    return [DeliveredItemFactory(variant=variants[n % products]) for n in range(items)]


@pytest.mark.no_cover
@pytest.mark.django_db
def test_ratings_equal_the_recomputed_ones_after_a_thousand_random_steps():
    chance = Chance(1, shelf(items=120), StaffFactory())

    steps = 0
    while chance.done < 1_000:
        chance.step()
        steps += 1
        assert steps < 5_000

    assert find_violations() == []
    assert rebuild_ratings(dry_run=True).wrong_products == 0
    assert Product.objects.filter(review_count__gt=0).count() == 4


@real
def test_ratings_equal_the_recomputed_ones_after_steps_at_once():
    items, staff = shelf(), StaffFactory()

    def work(seed):
        chance = Chance(seed, items, staff)
        for _ in range(40):
            chance.step()
        return chance.done

    outcomes = run_in_parallel(work, arguments=range(8))

    assert all(isinstance(done, int) for done in outcomes), outcomes
    assert sum(outcomes) > 100
    assert find_violations() == []


@real
def test_one_item_reviewed_fifty_times_at_once_has_one_review():
    item = DeliveredItemFactory()
    author = item.order.buyer

    outcomes = run_in_parallel(lambda: create_review(item.pk, author=author, rating=4), times=50)

    assert sum(isinstance(outcome, Review) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, AlreadyReviewed) for outcome in outcomes) == 49
    assert Review.objects.count() == 1
    assert Product.objects.get().rating_sum == 4


@real
def test_votes_at_once_count_one_by_one():
    review = ReviewFactory()
    voters = UserFactory.create_batch(6)

    run_in_parallel(lambda voter: vote_helpful(review.pk, voter=voter), arguments=voters * 3)
    assert HelpfulVote.objects.count() == 6
    run_in_parallel(lambda voter: withdraw_vote(review.pk, voter=voter), arguments=voters[:4] * 3)

    review.refresh_from_db()
    assert (review.helpful_count, HelpfulVote.objects.count()) == (2, 2)


@real
def test_reports_at_once_hide_a_review_once(settings):
    settings.REPORTS_TO_HIDE = 4
    review = ReviewFactory()
    reporters = UserFactory.create_batch(8)

    run_in_parallel(
        lambda user: report_review(review.pk, reporter=user, reason="Quảng cáo"),
        arguments=reporters * 2,
    )

    review.refresh_from_db()
    assert (review.status, review.report_count) == ("hidden", 4)
    assert ReviewReport.objects.count() == 4
    assert review.decisions.count() == 1
    assert Product.objects.get().review_count == 0


@real
def test_questions_asked_at_once_keep_to_the_limit():
    product, author = VariantFactory().product, UserFactory()

    outcomes = run_in_parallel(
        lambda: ask_question(product.pk, author=author, content="Còn hàng không?"), times=8
    )

    assert sum(isinstance(outcome, TooManyOpenQuestions) for outcome in outcomes) == 5
    assert Question.objects.count() == 3


def rebuild(*arguments):
    out = io.StringIO()
    call_command("rebuild_ratings", *arguments, stdout=out)
    return out.getvalue().partition(" in ")[0]


@pytest.mark.django_db
def test_rebuild_corrects_what_is_wrong_and_nothing_else():
    right, wrong = ReviewFactory(rating=4), ReviewFactory(rating=2)
    empty = VariantFactory()
    QuestionFactory(product=empty.product)
    Product.objects.filter(pk=wrong.product_id).update(rating_sum=9, average_rating=5)
    Product.objects.filter(pk=empty.product_id).update(rating_sum=3, review_count=1)
    Shop.objects.filter(pk=wrong.shop_id).update(review_count=7)

    found = "rebuild_ratings: products=3 wrong=2 shops=3 wrong=1"
    assert rebuild("--dry-run") == found
    assert find_violations() != []
    assert rebuild("--batch", "1") == found

    assert find_violations() == []
    assert rebuild() == "rebuild_ratings: products=3 wrong=0 shops=3 wrong=0"
    for review, rating in ((right, 4), (wrong, 2)):
        product = Product.objects.get(pk=review.product_id)
        assert (product.review_count, product.rating_sum) == (1, rating)


@real
def test_rebuild_runs_once_at_a_time():
    taken, done = threading.Event(), threading.Event()

    def hold():
        with job_lock("reviews.rebuild_ratings"):
            taken.set()
            done.wait(60)
        connection.close()

    thread = threading.Thread(target=hold)
    thread.start()
    taken.wait(60)
    with pytest.raises(CommandError):
        rebuild()
    done.set()
    thread.join()


@real
def test_rebuild_beside_live_writes_loses_none_of_them():
    """All products are wrong over and over, so that the rebuild always has something to write."""
    items, staff = shelf(), StaffFactory()
    for item in items[:20]:
        create_review(item.pk, author=item.order.buyer, rating=3)

    def work(seed):
        if seed == 0:
            for _ in range(25):
                Product.objects.update(average_rating=1)
                rebuild_ratings(batch=2)
            return 0
        chance = Chance(seed, items, staff)
        for _ in range(40):
            chance.step()
        return chance.done

    outcomes = run_in_parallel(work, arguments=range(5))

    assert all(isinstance(done, int) for done in outcomes), outcomes
    assert sum(outcomes) > 50
    assert find_violations() == []


@real
def test_rebuild_waits_for_a_review_that_is_being_written():
    """What it reads must be as new as the row that it writes."""
    item = DeliveredItemFactory()
    ReviewFactory(order_item__variant=item.variant, rating=3)
    Product.objects.update(average_rating=1)
    is_written, may_commit = threading.Event(), threading.Event()

    def write():
        with transaction.atomic():
            create_review(item.pk, author=item.order.buyer, rating=5)
            is_written.set()
            may_commit.wait(30)

    def correct():
        is_written.wait(30)
        rebuild_ratings()

    works = [write, correct, partial(let_go_when_somebody_waits, is_written, may_commit)]
    outcomes = run_in_parallel(lambda work: work(), arguments=works)

    assert outcomes == [None, None, None]
    product = Product.objects.get()
    assert (product.review_count, product.rating_sum, product.average_rating) == (2, 8, 4)


@pytest.mark.django_db
def test_shops_histogram_counts_its_public_reviews():
    review = ReviewFactory(rating=4)
    ReviewFactory(rating=2)

    assert shop_histogram(review.shop) == {5: 0, 4: 1, 3: 0, 2: 0, 1: 0}
