"""Forms of the Django admin for shops."""

import re
from typing import Any, Final

from django import forms

from marketplace.common.phones import normalise_phone
from shops.constants import MAX_RANGES_PER_DAY, TIME_OF_DAY, Weekday
from shops.models import StoreLocation

_RANGE: Final = re.compile(rf"({TIME_OF_DAY})\s*[-–]\s*({TIME_OF_DAY})", re.ASCII)


def hours_as_text(ranges: list[dict[str, str]]) -> str:
    """Return one day's hours as they are typed."""
    return ", ".join(f"{each['opens']}-{each['closes']}" for each in ranges)


class OpeningHoursField(forms.CharField):
    """One day's hours, typed as `08:00-12:00, 13:00-21:30`; cleaned to what is stored."""

    def prepare_value(self, value: Any) -> Any:
        return hours_as_text(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        ranges = []
        for part in text.split(",") if text else ():
            found = _RANGE.fullmatch(part.strip())
            if found is None or found[3] <= found[1]:
                raise forms.ValidationError(
                    "Type from when to when, such as 08:00-12:00, 13:00-21:30; nothing: closed."
                )
            ranges.append({"opens": found[1], "closes": found[3]})
        if len(ranges) > MAX_RANGES_PER_DAY:
            raise forms.ValidationError(f"At most {MAX_RANGES_PER_DAY} times a day.")
        return ranges

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(self.prepare_value(initial), data)


class StoreLocationForm(forms.ModelForm[StoreLocation]):
    """A place to visit, with a line of hours for each day."""

    mon = OpeningHoursField(label="Monday", required=False, max_length=60)
    tue = OpeningHoursField(label="Tuesday", required=False, max_length=60)
    wed = OpeningHoursField(label="Wednesday", required=False, max_length=60)
    thu = OpeningHoursField(label="Thursday", required=False, max_length=60)
    fri = OpeningHoursField(label="Friday", required=False, max_length=60)
    sat = OpeningHoursField(label="Saturday", required=False, max_length=60)
    sun = OpeningHoursField(label="Sunday", required=False, max_length=60)

    class Meta:
        model = StoreLocation
        fields = (
            "shop",
            "name",
            "address",
            "phone_number",
            "email",
            "latitude",
            "longitude",
            "is_active",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for day, ranges in self.instance.opening_hours.items():
            self.initial.setdefault(day, ranges)

    def clean_phone_number(self) -> str:
        try:
            text = self.cleaned_data["phone_number"]
            return normalise_phone(text) if text else text
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error

    def changes(self) -> dict[str, Any]:
        """Return what was changed, as the services take it."""
        days = set(Weekday.values)
        changed = set(self.changed_data)
        found = {name: self.cleaned_data[name] for name in changed - days}
        if changed & days:
            hours = {day: self.cleaned_data[day] for day in Weekday.values}
            found["opening_hours"] = {day: ranges for day, ranges in hours.items() if ranges}
        return found
