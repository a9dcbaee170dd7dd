"""Shapes of charts: where they stand, and what they say of themselves."""

from datetime import date, timedelta

import pytest

from marketplace.common.charts import HEIGHT, WIDTH, Chart, bars, percentage, shares, short

DAYS = [date(2026, 3, 1) + timedelta(days=n) for n in range(30)]


def chart():
    return Chart("key", "Orders", "3", "", "Said.", "/list", ["Day", "Orders"], [])


def test_bars_stand_on_each_other_up_to_the_axis():
    drawn = bars(chart(), DAYS[:2], [("kept", [3, 0]), ("cancelled", [1, 0])])

    low, high = drawn.shapes
    assert (low.kind, low.title) == ("layer-1", "1 Mar: 3 kept")
    assert (high.kind, high.title) == ("layer-2", "1 Mar: 1 cancelled")
    assert float(low.y) + float(low.height) == HEIGHT - 22
    assert float(high.y) + float(high.height) == pytest.approx(float(low.y), abs=0.11)
    assert float(high.y) == 10  # four is where the axis ends
    assert drawn.legend == [("layer-1", "kept"), ("layer-2", "cancelled")]
    assert [label.text for label in drawn.labels] == ["0", "2", "4", "1 Mar", "2 Mar"]


@pytest.mark.parametrize("highest", [0, 1, 7, 99, 1_000, 123_456_789_012])
def test_nothing_stands_outside_the_drawing(highest):
    drawn = bars(chart(), DAYS, [("", [highest * n // 29 for n in range(30)])])

    for shape in drawn.shapes:
        assert float(shape.x) >= 0
        assert float(shape.y) >= 0
        assert float(shape.x) + float(shape.width) <= WIDTH
        assert float(shape.y) + float(shape.height) <= HEIGHT + 0.1
    assert len(drawn.labels) == 3 + 5
    assert all(len(label.text) <= 6 for label in drawn.labels)


def test_shares_are_drawn_as_parts_of_a_whole():
    drawn = shares(chart(), [("VNPay", 0.975, "97.5 % of 40"), ("MoMo", None, "")])

    whole, part, *none = drawn.shapes
    assert float(part.width) == pytest.approx(float(whole.width) * 0.975, abs=0.1)
    assert part.title == "VNPay: 97.5 %"
    assert none[1].width == "0"
    assert [label.text for label in drawn.labels] == ["VNPay", "97.5 % of 40", "MoMo", "–"]


def test_numbers_are_written_in_little_room():
    assert [short(n) for n in (0, 0.5, 20, 1_500, 20_000_000, 6e9, 2e12)] == [
        *("0", "0.5", "20", "1.5k", "20M", "6B", "2T"),
    ]
    assert [percentage(n) for n in (0, 0.3333, 1)] == ["0 %", "33.3 %", "100 %"]
