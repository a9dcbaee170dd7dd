import pytest
from django.db import IntegrityError, connection, transaction

from accounts.models import User
from catalog.models import Brand
from catalog.tests.factories import BrandFactory
from marketplace.common.ids import uuid7
from marketplace.common.inserts import insert_rows
from marketplace.common.outbox.models import OutboxEvent

pytestmark = pytest.mark.django_db


def event(**values):
    return OutboxEvent(**{"topic": "a.b", "key": "", "payload": {}, **values})


def user(email):
    return User(email=email, full_name="Nguyễn Văn Á", language="vi", password="!")


def test_rows_of_several_models_are_written_as_they_are(django_assert_num_queries):
    payload = {"text": 'quote " and \\ back, % and %s, đ', "none": None, "list": [1, {"a": "b"}]}
    events = [event(payload=payload, handled_by=["x", "y,z"]), event(last_error="lines\nof it")]
    users = [user("a@example.vn"), user("b@example.vn")]

    with django_assert_num_queries(1):
        written = insert_rows(events, users)

    assert written == {row.pk for row in users}
    for row in (*events, *users):
        stored = type(row).objects.get(pk=row.pk)
        names = [field.attname for field in row._meta.concrete_fields]
        assert [getattr(stored, name) for name in names] == [getattr(row, name) for name in names]
    assert not users[0]._state.adding


def test_any_number_of_rows_is_the_same_statement(django_assert_num_queries):
    with django_assert_num_queries(2) as captured:
        insert_rows([event()])
        insert_rows([event() for _ in range(300)])

    assert len({query["sql"].split("json_populate")[0] for query in captured}) == 1
    assert OutboxEvent.objects.count() == 301


def test_nothing_takes_no_statement(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert insert_rows([], []) == set()


def test_row_whose_value_is_taken_is_left_out_alone():
    there = BrandFactory(slug="a")
    taken, free = Brand(name="A", slug="a"), Brand(name="B", slug="b")
    published = event()

    written = insert_rows([published], [taken, free], skip_taken="slug")

    assert written == {free.pk}
    assert set(Brand.objects.all()) == {there, free}
    assert OutboxEvent.objects.filter(pk=published.pk).exists()


def test_refused_row_leaves_nothing_of_the_statement():
    first = event()

    with pytest.raises(IntegrityError), transaction.atomic():
        insert_rows([event(pk=uuid7(), topic="x")], [first, event(pk=first.pk)])

    assert not OutboxEvent.objects.exists()


def test_column_that_came_meanwhile_keeps_its_default():
    """A process of the release before goes on while a migration has been applied."""
    insert_rows([event()])
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE outbox_outboxevent ADD COLUMN later int NOT NULL DEFAULT 7")

    insert_rows([event()])

    with connection.cursor() as cursor:
        cursor.execute("SELECT later FROM outbox_outboxevent")
        assert cursor.fetchall() == [(7,), (7,)]
