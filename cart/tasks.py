from celery import shared_task

from cart import services


@shared_task(name="cart.prune")
def prune_task() -> int:
    return services.prune_carts()
