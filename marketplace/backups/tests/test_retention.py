"""Which backups are kept, and which are deleted."""

from datetime import UTC, datetime, timedelta

from marketplace.backups.places import Backup, Folder
from marketplace.backups.retention import Retention, kept
from marketplace.backups.services import NAME, prune_backups

NEWEST = datetime(2026, 3, 31, 2, tzinfo=UTC)


def test_of_a_year_of_nights_the_newest_of_each_period_is_kept():
    nights = [NEWEST - timedelta(days=days) for days in range(365)]

    days = sorted((NEWEST - made_at).days for made_at in kept(nights, Retention(7, 4, 3)))

    # Seven days; Sundays 29, 22 and 15 March, besides the week that is going on; ends of months.
    assert days == [0, 1, 2, 3, 4, 5, 6, 9, 16, 31, 59]


def test_of_several_in_a_day_the_last_is_kept_and_a_pause_uses_nothing_up():
    times = [NEWEST, NEWEST - timedelta(hours=1), NEWEST - timedelta(days=40)]

    assert kept(times, Retention(2, 0, 0)) == {times[0], times[2]}
    assert kept(times, Retention(0, 0, 0)) == {times[0]}
    assert kept([], Retention()) == set()


def test_only_backups_and_what_killed_runs_left_are_deleted(tmp_path):
    names = [(NEWEST - timedelta(days=days)).strftime(NAME) for days in range(3)]
    others = ["notes.txt", "marketplace-copy.backup"]
    for name in (*names, *others, f".{names[0]}.part"):
        (tmp_path / name).touch()

    place = Folder(tmp_path)
    would = prune_backups(place, Retention(1, 0, 0), dry_run=True)
    deleted = prune_backups(place, Retention(1, 0, 0))

    assert would == deleted == [Backup(place, name) for name in reversed(names[1:])]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([names[0], *others])
