from django.apps import AppConfig


class WishlistsConfig(AppConfig):
    name = "catalog.wishlists"
    label = "wishlists"
    verbose_name = "Wishlists"

    def ready(self) -> None:
        from catalog.wishlists import handlers  # noqa: F401 - registers them
