"""A query parameter that the lists of products share, for the documentation."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter

ATTRIBUTE = OpenApiParameter(
    "attr.{name}",
    OpenApiTypes.STR,
    description="A value of the attribute `name`, of the product or one of its variants. "
    "Repeated: one of the values of a name, and all names.",
)
