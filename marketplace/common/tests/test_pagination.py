"""Pages by cursor: no row twice, none left out, whatever ties or is inserted meanwhile."""

from urllib.parse import parse_qs, quote, urlsplit

import pytest
from django.core import signing

from marketplace.common.outbox.models import OutboxEvent

pytestmark = [pytest.mark.django_db, pytest.mark.urls("marketplace.common.tests.urls")]


def make_events(attempts: list[int]) -> list[OutboxEvent]:
    return OutboxEvent.objects.bulk_create(
        OutboxEvent(topic=f"t{i}", payload={}, attempts=n) for i, n in enumerate(attempts)
    )


def follow(api, url: str, link: str = "next") -> list[list[str]]:
    """Return the topics of every page from `url` on."""
    pages = []
    while url:
        page = api.get(url).json()
        pages.append([row["topic"] for row in page["results"]])
        url = page[link]
    return pages


@pytest.mark.parametrize("ordering", ["id", "-id", "attempts", "-attempts", "topic", "created_at"])
@pytest.mark.parametrize("limit", [1, 2, 3, 7, 8])
def test_pages_hold_every_row_once_and_in_order(api, ordering, limit):
    make_events([3, 1, 2, 2, 2, 1, 3])
    tie = "-id" if ordering.startswith("-") else "id"
    expected = list(OutboxEvent.objects.order_by(ordering, tie).values_list("topic", flat=True))

    pages = follow(api, f"/events?ordering={ordering}&limit={limit}")

    assert [topic for page in pages for topic in page] == expected
    assert all(len(page) == limit for page in pages[:-1])


@pytest.mark.parametrize("ordering", ["id", "-attempts"])
def test_pages_backwards_are_the_pages_forwards(api, ordering):
    make_events([3, 1, 2, 2, 2, 1, 3])
    forwards = follow(api, f"/events?ordering={ordering}&limit=3")
    url = f"/events?ordering={ordering}&limit=3"
    while (page := api.get(url).json())["next"]:
        url = page["next"]

    backwards = follow(api, url, "previous")

    flat = [topic for page in reversed(backwards) for topic in page]
    assert flat == [topic for page in forwards for topic in page]
    assert backwards[0] == forwards[-1]


def test_first_page_has_no_previous_and_last_no_next(api):
    make_events([0] * 4)

    first = api.get("/events?limit=2").json()
    last = api.get(first["next"]).json()

    assert first["previous"] is None
    assert last["next"] is None
    assert api.get(last["previous"]).json()["results"] == first["results"]


def test_page_that_holds_exactly_all_has_no_next(api):
    make_events([0] * 3)

    page = api.get("/events?limit=3").json()

    assert (page["next"], page["previous"]) == (None, None)


def test_empty_list_has_no_links(api):
    assert api.get("/events").json() == {"results": [], "next": None, "previous": None}


def test_rows_inserted_between_pages_move_nothing(api):
    make_events([0] * 4)
    first = api.get("/events?limit=2").json()

    make_events([0] * 3)
    second = api.get(first["next"]).json()

    assert [row["topic"] for row in first["results"] + second["results"]] == [
        "t3", "t2", "t1", "t0",
    ]  # fmt: skip


def test_row_that_is_deleted_under_a_cursor_leaves_its_neighbours(api):
    events = make_events([0] * 4)
    first = api.get("/events?limit=2").json()

    events[2].delete()

    assert follow(api, first["next"]) == [["t1", "t0"]]


def test_links_keep_the_other_parameters(api):
    make_events([0] * 3)

    url = api.get("/events?limit=1&ordering=attempts&fields=topic").json()["next"]

    query = parse_qs(urlsplit(url).query)
    assert (query["limit"], query["ordering"], query["fields"]) == (["1"], ["attempts"], ["topic"])
    assert list(api.get(url).json()["results"][0]) == ["topic"]


def test_links_are_the_same_for_the_same_page(api):
    """Otherwise its ETag would never match."""
    make_events([0] * 3)

    assert api.get("/events?limit=1").content == api.get("/events?limit=1").content


def test_page_costs_one_query_and_no_count(api, django_assert_num_queries):
    make_events([0] * 5)
    url = api.get("/events?limit=2").json()["next"]

    with django_assert_num_queries(1) as queries:
        api.get(url)

    assert "COUNT" not in queries[0]["sql"]


def assert_bad_cursor(response) -> None:
    assert response.status_code == 400
    error = response.json()["error"]
    assert error["code"] == "validation_error"
    assert [row["field"] for row in error["details"]] == ["cursor"]


@pytest.mark.parametrize(
    "cursor", ["x", ":", "a:b", "a:b:c", "=", "🛍", " ", "e30:x", ".e30:x", "x" * 5000, "\r\n"]
)
def test_cursor_that_is_none_is_refused(api, cursor):
    assert_bad_cursor(api.get(f"/events?cursor={quote(cursor)}"))


def test_cursor_that_was_changed_is_refused(api):
    make_events([0] * 3)
    url = api.get("/events?limit=1").json()["next"]
    (cursor,) = parse_qs(urlsplit(url).query)["cursor"]
    payload, signature = cursor.rsplit(":", 1)

    for forged in (
        f"{payload[:-1]}A:{signature}",
        f"{payload}:{signature[:-1]}",
        payload,
        f":{signature}",
        cursor + "A",
        cursor.swapcase(),
    ):
        assert_bad_cursor(api.get(f"/events?limit=1&cursor={quote(forged)}"))


def test_cursor_of_another_ordering_is_refused(api):
    make_events([0] * 3)
    url = api.get("/events?limit=1").json()["next"]
    (cursor,) = parse_qs(urlsplit(url).query)["cursor"]

    for ordering in ("id", "attempts", "-attempts"):
        assert_bad_cursor(api.get(f"/events?ordering={ordering}&cursor={quote(cursor)}"))


@pytest.mark.parametrize(
    "content",
    [
        {"o": ["id"], "d": True, "b": False, "v": ["x"]},
        {"o": ["id"], "d": True, "b": False, "v": []},
        {"o": ["id"], "d": True, "b": False, "v": [None]},
        {"o": ["id"], "d": True, "b": False, "v": 5},
        {"o": ["id"], "d": True, "b": False},
        {"o": ["id"]},
        {},
        [],
        "id",
        None,
        5,
    ],
)
def test_cursor_that_we_signed_long_ago_is_refused_when_it_means_nothing_now(api, content):
    """After a release that changed what stands in a cursor, old links must not be a 500."""
    signed = signing.Signer(salt="marketplace.cursor").sign_object(content)

    assert_bad_cursor(api.get(f"/events?cursor={quote(signed)}"))


def test_cursor_of_another_salt_is_refused(api):
    content = {"o": ["id"], "d": True, "b": False, "v": ["01900000-0000-7000-8000-000000000000"]}
    signed = signing.Signer(salt="another").sign_object(content)

    assert_bad_cursor(api.get(f"/events?cursor={quote(signed)}"))


@pytest.mark.parametrize(
    "limit", ["0", "-1", "101", "abc", "1.5", "１", "1e1", "9" * 5000, " 5", ""]
)
def test_limit_that_is_none_is_refused(api, limit):
    response = api.get(f"/events?limit={quote(limit)}")

    assert response.status_code == 400
    assert response.json()["error"]["details"] == [
        {"field": "limit", "code": "invalid", "message": "Enter a whole number from 1 to 100."}
    ]


def test_limit_is_20_by_default_and_100_at_most(api):
    make_events([0] * 101)

    assert len(api.get("/events").json()["results"]) == 20
    assert len(api.get("/events?limit=100").json()["results"]) == 100


def test_fields_keeps_only_those(api):
    make_events([7])

    assert api.get("/events?fields=attempts,topic").json()["results"] == [
        {"topic": "t0", "attempts": 7}
    ]


@pytest.mark.parametrize("rows", [0, 1])
@pytest.mark.parametrize("fields", ["payload", "id,nope", "__class__", "id.topic"])
def test_fields_that_are_unknown_are_refused_whether_there_are_rows_or_not(api, rows, fields):
    make_events([0] * rows)

    response = api.get(f"/events?fields={fields}")

    assert response.status_code == 400
    assert response.json()["error"]["details"][0]["field"] == "fields"
    assert "Possible: id, topic, attempts." in response.json()["error"]["details"][0]["message"]
