"""Where higher apps take part in dashboards; they register in their `AppConfig.ready()`."""

from collections.abc import Callable

from shops.models import Shop

# Return how many public reviews of a shop's goods have each rating, the best first; one statement.
rating_histograms: list[Callable[[Shop], dict[int, int]]] = []
