"""Answers questions about time zones with zoneinfo, one a line on standard input; times are milliseconds.

offset ZONE INSTANT            what is added to UTC
instant ZONE LOCAL             the instant of a local time
start ZONE UNIT INSTANT        where the day, week, month or year around an instant starts
next ZONE UNIT NUMBER INSTANT  where the one so many units later starts
add ZONE UNIT NUMBER INSTANT   the instant so many days, months or years later

ZONE is a name, or = and the bytes of a file in hexadecimal. For an instant another question may stand.
"""
import calendar
import functools
import io
import sys
import zoneinfo
from datetime import datetime, timedelta, timezone

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
MILLISECOND = timedelta(milliseconds=1)
DAY = timedelta(days=1)
zoneinfo.reset_tzpath(["/usr/share/zoneinfo"])


@functools.cache
def zone(name):
    if name.startswith("="):
        return zoneinfo.ZoneInfo.from_file(io.BytesIO(bytes.fromhex(name[1:])))
    return zoneinfo.ZoneInfo(name)


def milliseconds(aware):
    return (aware - EPOCH) // MILLISECOND


def local(tz, instant):
    return (EPOCH + instant * MILLISECOND).astimezone(tz).replace(tzinfo=None)


def instant_of(tz, time):
    return milliseconds(time.replace(tzinfo=tz, fold=0).astimezone(timezone.utc))


def start_of_day(tz, midnight):
    """The first instant at which clocks show the midnight or, where they leap over it, a later time."""
    late = instant_of(tz, midnight)
    if local(tz, late) == midnight:
        return late
    early = milliseconds(midnight.replace(tzinfo=tz, fold=1).astimezone(timezone.utc))
    while early < late:
        middle = (early + late) // 2
        if local(tz, middle) >= midnight:
            late = middle
        else:
            early = middle + 1
    return late


def day_around(tz, instant):
    """The latest day that has begun, as its midnight."""
    midnight = datetime.combine(local(tz, instant).date(), datetime.min.time())
    while start_of_day(tz, midnight + DAY) <= instant:
        midnight += DAY
    return midnight


def start(tz, unit, instant, number=0):
    day = day_around(tz, instant)
    if unit == "week":
        day -= day.weekday() * DAY
    elif unit == "month":
        day = day.replace(day=1)
    elif unit == "year":
        day = day.replace(month=1, day=1)
    if unit in ("day", "week"):
        return start_of_day(tz, day + number * DAY * (7 if unit == "week" else 1))
    months = day.year * 12 + day.month - 1 + number * (12 if unit == "year" else 1)
    return start_of_day(tz, day.replace(year=months // 12, month=months % 12 + 1))


def add(tz, unit, number, instant):
    time = local(tz, instant)
    if unit == "day":
        return instant_of(tz, time + number * DAY)
    months = time.year * 12 + time.month - 1 + number * (12 if unit == "year" else 1)
    year, month = months // 12, months % 12 + 1
    day = min(time.day, calendar.monthrange(year, month)[1])
    return instant_of(tz, time.replace(year=year, month=month, day=day))


def value(words):
    return int(words[0]) if len(words) == 1 else answer(*words)


def answer(word, name, *rest):
    tz = zone(name)
    if word == "offset":
        return (EPOCH + value(rest) * MILLISECOND).astimezone(tz).utcoffset() // MILLISECOND
    if word == "instant":
        return instant_of(tz, datetime(1970, 1, 1) + value(rest) * MILLISECOND)
    if word == "start":
        return start(tz, rest[0], value(rest[1:]))
    if word == "next":
        return start(tz, rest[0], value(rest[2:]), int(rest[1]))
    return add(tz, rest[0], int(rest[1]), value(rest[2:]))


for line in sys.stdin:
    print(answer(*line.split()))
