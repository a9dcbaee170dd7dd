import pytest
from django.test import Client

from accounts.tests.factories import StaffFactory
from catalog.tests.factories import CategoryFactory
from vouchers.models import Voucher
from vouchers.tests.factories import RedemptionFactory, VoucherFactory

# Redemptions are written by hand here, without the counters that a checkout moves.
pytestmark = [pytest.mark.django_db, pytest.mark.breaks_invariants]


@pytest.fixture
def console():
    client = Client()
    client.force_login(StaffFactory())
    return client


def test_lists_take_the_same_queries_for_any_number_of_rows(console, django_assert_max_num_queries):
    RedemptionFactory.create_batch(30)

    for page in ("voucher", "redemption"):
        with django_assert_max_num_queries(8):
            assert console.get(f"/admin/vouchers/{page}/?q=GIAM1").status_code == 200
        with django_assert_max_num_queries(8):
            assert b"30 " in console.get(f"/admin/vouchers/{page}/").content


def test_counters_and_code_cannot_be_edited(console):
    voucher = VoucherFactory(code="TET", used_count=3, spent_amount=500)
    url = f"/admin/vouchers/voucher/{voucher.pk}/change/"
    form = dict(console.get(url).context["adminform"].form.initial)
    for name in ("starts_at", "ends_at"):
        moment = form.pop(name)
        form[f"{name}_0"], form[f"{name}_1"] = moment.date(), moment.time().isoformat("seconds")
    form = {key: value for key, value in form.items() if value not in (None, [])}

    response = console.post(
        url, {**form, "name": "Tết", "code": "OTHER", "used_count": 0, "spent_amount": 0}
    )

    assert response.status_code == 302
    voucher.refresh_from_db()
    assert (voucher.name, voucher.code) == ("Tết", "TET")
    assert (voucher.used_count, voucher.spent_amount) == (3, 500)


def test_what_the_database_would_refuse_is_a_message_in_the_form(console):
    VoucherFactory(code="TET")

    response = console.post(
        "/admin/vouchers/voucher/add/",
        {
            "code": "tet",
            "name": "Tết",
            "kind": "percentage",
            "value": 20_000,
            "starts_at_0": "2027-02-01",
            "starts_at_1": "00:00:00",
            "ends_at_0": "2027-01-01",
            "ends_at_1": "00:00:00",
            "min_spend_amount": 0,
            "platform_share_bps": 0,
        },
    )

    assert response.status_code == 200
    assert b"Another voucher has this code" in response.content
    assert b"voucher_value_fits_kind" in response.content
    assert b"voucher_window_ordered" in response.content
    assert Voucher.objects.count() == 1


def test_form_loads_no_other_table_into_a_select(console):
    voucher = VoucherFactory()
    RedemptionFactory.create_batch(3, voucher=voucher)

    for page, names in (("add", ("shop", "categories", "products")), (f"{voucher.pk}/change", ())):
        content = console.get(f"/admin/vouchers/voucher/{page}/").content.decode()

        assert content.count("<select") == 1  # the kind
        for name in names:
            assert f'<input type="text" name="{name}"' in content


def test_vouchers_and_redemptions_cannot_be_deleted_and_redemptions_not_changed(console):
    used = RedemptionFactory()

    for url in (
        f"/admin/vouchers/voucher/{used.voucher_id}/delete/",
        f"/admin/vouchers/redemption/{used.pk}/delete/",
        "/admin/vouchers/redemption/add/",
    ):
        assert console.post(url, {"post": "yes"}).status_code == 403
    console.post(f"/admin/vouchers/redemption/{used.pk}/change/", {"amount": 1})

    used.refresh_from_db()
    assert used.amount == 10_000


FORM = {
    "code": "tet-2027",
    "name": "Tết",
    "kind": "fixed",
    "value": 50_000,
    "starts_at_0": "2027-01-01",
    "starts_at_1": "00:00:00",
    "ends_at_0": "2027-02-01",
    "ends_at_1": "00:00:00",
    "min_spend_amount": 0,
    "platform_share_bps": 10_000,
    "is_active": "on",
    "is_public": "on",
}


def test_platforms_voucher_is_made_and_changed_by_the_services(console):
    category = CategoryFactory()

    console.post("/admin/vouchers/voucher/add/", {**FORM, "categories": str(category.pk)})

    voucher = Voucher.objects.get()
    assert (voucher.code, voucher.shop, voucher.value) == ("TET-2027", None, 50_000)
    assert voucher.platform_share_bps == 10_000
    assert list(voucher.categories.all()) == [category]

    url = f"/admin/vouchers/voucher/{voucher.pk}/change/"
    console.post(url, {**FORM, "usage_limit": 5, "categories": ""})

    voucher.refresh_from_db()
    assert voucher.usage_limit == 5
    assert not voucher.categories.exists()


def test_limit_below_what_was_used_is_a_message_and_changes_nothing(console):
    voucher = VoucherFactory(used_count=3)

    response = console.post(
        f"/admin/vouchers/voucher/{voucher.pk}/change/", {**FORM, "usage_limit": 2}, follow=True
    )

    voucher.refresh_from_db()
    assert voucher.usage_limit is None
    assert b"voucher_within_usage_limit" in response.content or b"At least 3" in response.content


def test_archived_voucher_frees_its_code(console):
    voucher = VoucherFactory(code="TET-2027")

    console.post(
        "/admin/vouchers/voucher/", {"action": "archive", "_selected_action": str(voucher.pk)}
    )

    voucher.refresh_from_db()
    assert voucher.archived_at is not None
    assert voucher.is_active is False
    console.post("/admin/vouchers/voucher/add/", FORM)
    assert Voucher.objects.filter(code="TET-2027").count() == 2
