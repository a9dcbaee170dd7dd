"""What buyers say of products and ask about them, and what shops answer."""

from datetime import datetime, timedelta
from random import Random

from marketplace.demo import data
from marketplace.demo.goods import Goods
from marketplace.demo.people import DemoBuyer
from marketplace.demo.sales.sale import Line
from marketplace.demo.sales.tables import SalesTables
from marketplace.demo.tables import id_at

ANSWERED = 0.8


def write_review(
    tables: SalesTables,
    line: Line,
    buyer: DemoBuyer,
    voters: list[DemoBuyer],
    at: datetime,
    now: datetime,
    rng: Random,
) -> None:
    rating = _rating(line.goods.quality, rng)
    title, content = rng.choice(data.REVIEWS[rating])
    reply, replied_at = "", None
    if rng.random() < 0.2:
        reply, replied_at = rng.choice(data.REPLIES), min(now, at + timedelta(hours=6))
    line.goods.ratings.append(rating)
    review_id = id_at(at, rng)
    tables.reviews.add(
        review_id, at, line.id, line.goods.id, line.goods.shop.id, buyer.id, rating, title, content,
        reply, replied_at, len(voters),
    )  # fmt: skip
    for voter in voters:
        voted_at = at + (now - at) * rng.random()
        tables.votes.add(id_at(voted_at, rng), voted_at, review_id, voter.id)


def write_question(
    tables: SalesTables, goods: Goods, buyers: list[DemoBuyer], now: datetime, rng: Random
) -> None:
    at = goods.made_at + (now - goods.made_at) * rng.random()
    content, answer = rng.choice(data.QUESTIONS)
    is_answered = rng.random() < ANSWERED
    tables.questions.add(
        id_at(at, rng), at, goods.id, goods.shop.id, rng.choice(buyers).id, content,
        answer if is_answered else "", min(now, at + timedelta(hours=5)) if is_answered else None,
    )  # fmt: skip


def _rating(quality: float, rng: Random) -> int:
    return max(1, min(5, round(rng.gauss(3.6 + 1.3 * quality, 0.9))))
