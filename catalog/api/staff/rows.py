"""What adding, changing and picturing categories, brands and banners have in common.

A view says by `add`, `change` and `remove` which service does it.
"""

from collections.abc import Iterable
from typing import Any, ClassVar
from uuid import UUID

from django.contrib.admin.models import ADDITION, DELETION
from django.db.models import Model
from rest_framework.generics import GenericAPIView
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from accounts.api.staff import StaffViewMixin
from catalog.api.staff.serializers import PictureInput
from marketplace.common.api.requests import parsed
from marketplace.common.media import stored_files


class RowMixin(StaffViewMixin, GenericAPIView[Any]):
    """What is done to a row of one model, whichever of the views below has it done."""

    input_class: ClassVar[type[Serializer[Any]]]

    def add(self, **values: Any) -> Model:
        raise NotImplementedError

    def change(self, pk: UUID, **changes: Any) -> Model:
        raise NotImplementedError

    def remove(self, pk: UUID) -> tuple[Model, str]:
        """Return the row as it was or is now, and what is written into its history."""
        raise NotImplementedError

    def note_changes(self, row: Model, changes: Iterable[str]) -> None:
        self.write_down(row, f"Changed over the API: {', '.join(changes) or 'nothing'}.")


class AddMixin(RowMixin):
    def post(self, request: Request) -> Response:
        row = self.add(**parsed(self.input_class(data=request.data)))
        self.write_down(row, "Added over the API.", flag=ADDITION)
        return Response(self.get_serializer(row).data, status=201)


class ChangeMixin(RowMixin):
    def patch(self, request: Request, pk: UUID) -> Response:
        changes = parsed(self.input_class(data=request.data, partial=True))
        row = self.change(pk, **changes)
        self.note_changes(row, changes)
        return Response(self.get_serializer(row).data)

    def delete(self, request: Request, pk: UUID) -> Response:
        row, note = self.remove(pk)
        self.write_down(row, note, flag=DELETION)
        return Response(status=204)


class PictureMixin(RowMixin):
    """The picture in the row's column `picture`, kept in `folder` of the storage."""

    parser_classes = (MultiPartParser,)
    picture: ClassVar[str] = "image"
    folder: ClassVar[str]

    def put(self, request: Request, pk: UUID) -> Response:
        image = parsed(PictureInput(data=request.data))["image"]
        with stored_files(self.folder, [image]) as [name]:
            row = self.change(pk, **{self.picture: name})
        self.note_changes(row, [self.picture])
        return Response(self.get_serializer(row).data)

    def delete(self, request: Request, pk: UUID) -> Response:
        self.note_changes(self.change(pk, **{self.picture: ""}), [self.picture])
        return Response(status=204)
