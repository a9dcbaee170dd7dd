import pytest
from django.db.models import F

from accounts.models import Address
from accounts.tests.factories import AddressFactory
from marketplace.common.ids import uuid7
from marketplace.common.prepared import Given, OneOf, PreparedQuery
from marketplace.common.testing import run_in_parallel


@PreparedQuery
def names():
    found = Address.objects.filter(OneOf(F("pk"), Given("ids")), user=Given("user"))
    return found.values("line1", owner=F("user__full_name")).order_by("line1")


@PreparedQuery
def with_owner():
    return Address.objects.select_related("user").filter(OneOf(F("pk"), Given("ids")))


@pytest.mark.django_db
def test_values_are_those_of_the_queryset_in_each_run(django_assert_num_queries):
    first = AddressFactory(line1="1 Hàng Bạc")
    second = AddressFactory(line1="2 Hàng Đào", user=first.user)
    other = AddressFactory()
    ids = [first.pk, second.pk, other.pk]
    owner = first.user.full_name

    with django_assert_num_queries(3):
        found = names.values(ids=ids, user=first.user.pk)
        one = names.values(ids=ids[1:], user=first.user.pk)
        none = names.values(ids=[], user=first.user.pk)

    assert found == [
        {"line1": "1 Hàng Bạc", "owner": owner},
        {"line1": "2 Hàng Đào", "owner": owner},
    ]
    assert one == [{"line1": "2 Hàng Đào", "owner": owner}]
    assert none == []


@pytest.mark.django_db
def test_instances_come_with_what_is_selected_with_them(django_assert_num_queries):
    address = AddressFactory()

    with django_assert_num_queries(1):
        (found,) = with_owner.instances(ids=[address.pk, uuid7()])
        owner = found.user

    assert found == address
    fields = [field.attname for field in Address._meta.concrete_fields]
    stored = Address.objects.get(pk=address.pk)
    assert [getattr(found, name) for name in fields] == [getattr(stored, name) for name in fields]
    assert owner == address.user
    assert (owner.email, owner.password) == (address.user.email, address.user.password)


@pytest.mark.django_db(transaction=True)
def test_threads_run_it_each_on_a_connection_of_their_own():
    address = AddressFactory()

    found = run_in_parallel(lambda: with_owner.instances(ids=[address.pk]), times=8)

    assert found == [[address]] * 8
