"""Labels of parcels: the carrier's own where it has one, else drawn here."""

import logging
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from io import BytesIO
from typing import Final
from uuid import UUID

from pypdf import PdfReader, PdfWriter
from pypdf.errors import PyPdfError
from reportlab.graphics.barcode.code128 import Code128
from reportlab.lib.pagesizes import A6
from reportlab.lib.units import mm
from reportlab.lib.utils import simpleSplit
from reportlab.pdfgen.canvas import Canvas

from marketplace.common.errors import InvalidInput, NotFound
from marketplace.common.money import display_amount
from marketplace.common.pdf import BOLD, REGULAR, drawing, glyphs, printable
from orders.fulfilment.bulk import Outcome, numbers_of, refused
from orders.fulfilment.constants import BookingStatus, ShipmentStatus
from orders.fulfilment.errors import LabelNotReady
from orders.fulfilment.models import Shipment
from orders.models import Order
from shops.models import Shop
from shops.shipping.carriers.base import Place
from shops.shipping.carriers.registry import client_for
from shops.shipping.constants import Carrier
from shops.shipping.errors import CarrierRefused, CarrierUnavailable
from shops.shipping.services import place_of

logger = logging.getLogger(__name__)

WIDTH, HEIGHT = A6
MARGIN: Final = 6 * mm
NAMES: Final = {Carrier.GHTK: "Giao Hàng Tiết Kiệm", Carrier.VIETTEL_POST: "Viettel Post"}
MAX_LINES: Final = 9
_UNREADABLE: Final = (PyPdfError, ValueError, KeyError, TypeError, RecursionError)
MAX_PAGES: Final = 10
MAX_LABELS: Final = 300
LABELS_AT_ONCE: Final = 8
LABEL_SECONDS: Final = 10


def labels_of(order: Order, shipment_id: UUID | None = None) -> bytes:
    """Return one PDF with the labels of an order's parcels, or of one of them.

    Asks the carriers as `labels_of_orders` does. Raises: LabelNotReady.
    """
    parcels = order.shipments.select_related("order__shop").order_by("pk")
    ready = [each for each in parcels.live() if _is_ready(each)]
    if shipment_id is not None:
        ready = [each for each in ready if each.pk == shipment_id]
    if not ready:
        raise LabelNotReady
    return _printed(ready)


def label_outcomes(shop: Shop, order_ids: Sequence[UUID]) -> list[Outcome]:
    """Return of each order whether it has labels to print now; asks no carrier."""
    numbers = numbers_of(shop, order_ids)
    ready = {each.order_id for each in _ready_of(numbers)}
    return [
        refused(each, NotFound())
        if each not in numbers
        else Outcome(each, numbers[each])
        if each in ready
        else refused(each, LabelNotReady(), numbers[each])
        for each in dict.fromkeys(order_ids)
    ]


def labels_of_orders(shop: Shop, order_ids: Sequence[UUID]) -> bytes:
    """Return one PDF with the labels of many orders of a shop, in the order given.

    The carriers are asked several at a time, and for LABEL_SECONDS in all: what they have not sent
    by then is drawn here. Call it outside any transaction.
    Raises: LabelNotReady for none; InvalidInput for more parcels than MAX_LABELS.
    """
    places = {order_id: place for place, order_id in enumerate(dict.fromkeys(order_ids))}
    ready = _ready_of(numbers_of(shop, order_ids))
    if not ready:
        raise LabelNotReady
    if len(ready) > MAX_LABELS:
        raise InvalidInput("order_ids", f"At most {MAX_LABELS} parcels at once.")
    ready.sort(key=lambda each: (places[each.order_id], each.pk))
    return _printed(ready)


def _ready_of(order_ids: Iterable[UUID]) -> list[Shipment]:
    parcels = Shipment.objects.live().filter(order__in=list(order_ids))
    rows = parcels.select_related("order__shop").order_by("pk")
    return [each for each in rows if _is_ready(each)]


def _printed(parcels: Sequence[Shipment]) -> bytes:
    """Return one PDF; a carrier's that cannot be read here is handed out alone or not at all."""
    fetched = _fetched(parcels)
    labels = [(each, fetched.get(each.pk)) for each in parcels]
    is_alone = len(parcels) == 1
    return _joined(
        [
            own if own and (is_alone or _is_readable(own)) else draw_label(each)
            for each, own in labels
        ]
    )


def _fetched(parcels: Sequence[Shipment]) -> dict[UUID, bytes]:
    """Return the carriers' own labels by parcel, as far as they come in time.

    The number of one whose label does not come serves the driver on ours as well.
    """
    booked = [each for each in parcels if each.booking_status != BookingStatus.BY_HAND]
    if not booked:
        return {}
    pool = ThreadPoolExecutor(max_workers=LABELS_AT_ONCE)
    try:
        waiting = {pool.submit(_from_carrier, each): each.pk for each in booked}
        done, _ = wait(waiting, timeout=LABEL_SECONDS)
        return {waiting[each]: content for each in done if (content := each.result())}
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def draw_label(shipment: Shipment) -> bytes:
    """Return a label that any driver can read, with the parcel's number as a bar code."""
    with drawing:
        return _drawn(shipment)


def _drawn(shipment: Shipment) -> bytes:
    glyphs()
    out = BytesIO()
    canvas = Canvas(out, pagesize=A6, invariant=1)
    canvas.setTitle(printable(f"{shipment.carrier} {_code(shipment)}"))
    order = shipment.order
    y = HEIGHT - MARGIN
    name = NAMES.get(Carrier(shipment.carrier), order.shop.name)
    y = _line(canvas, y, name, size=14, bold=True)
    y = _bar_code(canvas, y, _code(shipment))
    y = _address(canvas, y, "Người gửi", place_of(order.shop.pickup_address), order.shop.name)
    y = _address(canvas, y, "Người nhận", place_of(order.shipping_address))
    cash = display_amount(shipment.cod_amount, order.currency)
    y = _line(canvas, y, f"Thu hộ (COD): {cash}", size=12, bold=True)
    y = _line(canvas, y, f"{order.number} · {shipment.weight_grams} g", size=8)
    for item in shipment.items.select_related("order_item").order_by("pk")[:MAX_LINES]:
        y = _line(canvas, y, f"{item.quantity} × {item.order_item.title}", size=8)
    if shipment.note:
        _line(canvas, y, shipment.note, size=8)
    canvas.showPage()
    canvas.save()
    return out.getvalue()


def _is_ready(shipment: Shipment) -> bool:
    if shipment.status != ShipmentStatus.CREATED and not shipment.tracking_number:
        return False
    return shipment.booking_status == BookingStatus.BY_HAND or bool(shipment.tracking_number)


def _from_carrier(shipment: Shipment) -> bytes | None:
    """Ask the carrier for its label; touches no database, as threads have connections of theirs."""
    try:
        content = client_for(shipment.carrier).label(shipment.tracking_number)
    except (CarrierUnavailable, CarrierRefused, InvalidInput) as error:
        logger.warning("No label of %s for %s: %s", shipment.carrier, shipment.pk, error)
        return None
    return content if content is not None and content.startswith(b"%PDF-") else None


def _joined(labels: Sequence[bytes]) -> bytes:
    """Return PDFs as one; the only one as it is."""
    if len(labels) == 1:
        return labels[0]
    writer = PdfWriter()
    for label in labels:
        try:
            for page in PdfReader(BytesIO(label), strict=False).pages[:MAX_PAGES]:
                writer.add_page(page)
        except _UNREADABLE:
            logger.exception("A carrier's label cannot be read")
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def _is_readable(label: bytes) -> bool:
    try:
        return len(PdfReader(BytesIO(label), strict=False).pages) > 0
    except _UNREADABLE:
        return False


def _code(shipment: Shipment) -> str:
    return shipment.tracking_number or shipment.reference or shipment.order.number


def _bar_code(canvas: Canvas, y: float, code: str) -> float:
    plain = code.encode("ascii", "ignore").decode() or "-"
    bars = Code128(plain, barHeight=14 * mm, barWidth=0.33 * mm)
    room = WIDTH - 2 * MARGIN
    if bars.width > room:
        bars = Code128(plain, barHeight=14 * mm, barWidth=0.33 * mm * room / bars.width)
    bars.drawOn(canvas, (WIDTH - bars.width) / 2, y - 15 * mm)
    return _line(canvas, y - 16 * mm, code, size=11, bold=True)


def _address(canvas: Canvas, y: float, title: str, place: Place, name: str = "") -> float:
    canvas.line(MARGIN, y, WIDTH - MARGIN, y)
    y = _line(canvas, y - 1 * mm, title, size=7)
    y = _line(canvas, y, " · ".join(filter(None, (place.name or name, place.phone))), bold=True)
    return _line(canvas, y, place.text)


def _line(canvas: Canvas, y: float, text: str, *, size: float = 9, bold: bool = False) -> float:
    """Write a text in as many lines as it needs, three at most; returns where the next begins."""
    font = BOLD if bold else REGULAR
    canvas.setFont(font, size)
    for row in simpleSplit(printable(text), font, size, WIDTH - 2 * MARGIN)[:3]:
        y -= size * 1.3
        canvas.drawString(MARGIN, y, row)
    return y
