"""Renditions as tasks of their own: bounded, and made up for when they are lost."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.core.files.storage import default_storage
from django.utils import timezone

from catalog.models import Brand, ProductImage
from catalog.services.brands import update_brand
from catalog.services.images import add_images
from catalog.tasks import make_renditions_task, render_image_task
from catalog.tests.factories import BrandFactory, ProductFactory
from marketplace.common.files.tasks import resize_task
from marketplace.common.images import clean_image
from marketplace.common.memory import bounded_memory
from marketplace.common.outbox.models import OutboxEvent
from marketplace.common.testing import image_upload

pytestmark = pytest.mark.django_db


def lost_image(minutes, product=None):
    """An image whose event went, and its task with Redis."""
    (image,) = add_images(
        (product or ProductFactory()).pk, actor=None, images=[clean_image(image_upload())]
    )
    OutboxEvent.objects.all().delete()
    created_at = timezone.now() - timedelta(minutes=minutes)
    ProductImage.objects.filter(pk=image.pk).update(created_at=created_at)
    return image


def test_tasks_of_images_have_a_queue_of_their_own():
    router = render_image_task.app.amqp.router
    tasks = (render_image_task.name, resize_task.name)
    queues = {name: router.route({}, name)["queue"] for name in tasks}

    assert {name: queue.name for name, queue in queues.items()} == {
        "catalog.render_image": "images",
        "files.resize_image": "images",
    }
    assert set(settings.CELERY_TASK_QUEUES) == {
        "default",
        "documents",
        "images",
        "imports",
        "webhooks",
    }


def test_lost_renditions_are_made_by_the_periodic_task():
    overdue, fresh, given_up = lost_image(10), lost_image(1), lost_image(3000)
    brand = update_brand(BrandFactory().pk, actor=None, logo=clean_image(image_upload()))
    OutboxEvent.objects.all().delete()
    Brand.objects.update(updated_at=timezone.now() - timedelta(minutes=10))

    assert make_renditions_task() == 2
    assert make_renditions_task() == 0

    done = ProductImage.objects.filter(has_renditions=True).values_list("pk", flat=True)
    assert list(done) == [overdue.pk]
    assert {fresh.pk, given_up.pk}.isdisjoint(done)
    brand.refresh_from_db()
    assert brand.logo.name.endswith(".webp")


def test_image_that_cannot_be_read_leaves_its_row_as_it_was():
    image = lost_image(10)
    default_storage.delete(image.file.name)
    with default_storage.open(image.file.name, "wb") as file:
        file.write(b"not an image")

    with pytest.raises(Exception, match="damaged"):
        render_image_task(str(image.pk))

    image.refresh_from_db()
    assert not image.has_renditions


def test_work_that_wants_more_memory_than_its_bound_fails_alone():
    with bounded_memory(64 * 2**20):
        with pytest.raises(MemoryError):
            bytearray(256 * 2**20)
        assert len(bytearray(2**20)) == 2**20

    assert len(bytearray(256 * 2**20)) == 256 * 2**20
