/// What depends on the clock, and when it changes (PQL 11).
///
/// An evaluation takes the same course until the first thing it read from the clock changes, so the earliest of those
/// changes is the earliest of the outcome.
extension PQLMachine {
    var now: Int64 { input.now.milliseconds }

    /// Takes down that something read from the clock changes at an instant after now.
    mutating func noteChange(at instant: Int64) {
        if tellsChanges, instant > now, instant < changesAt { changesAt = instant }
    }

    /// Takes down an instant if a test has another outcome then than now.
    private mutating func noteChange(at instant: Int64, from outcome: Bool, _ test: (Int64) -> Bool) {
        if instant > now, instant < changesAt, test(instant) != outcome { changesAt = instant }
    }

    // MARK: Values

    mutating func pushNow() {
        noteChange(at: now + 1)
        push(.timestamp(input.now))
    }

    mutating func pushDay(_ distance: Int) {
        let today = calendar.day(of: now)
        noteChange(at: calendar.startOfDay(today + 1))
        push(calendar.value(ofDay: today + distance))
    }

    mutating func pushPart(_ part: PQLDatePart, ofDay distance: Int) {
        let day = calendar.day(of: now) + distance
        push(part.of(CivilDate(daysSinceEpoch: day)))
        guard tellsChanges else { return }
        let next = calendar.day(after: day, endOf: part.unit)
        noteChange(at: calendar.startOfDay(next - distance))
    }

    mutating func pushMemberships() {
        noteMembershipChanges()
        push(.map(input.membershipMap))
    }

    mutating func noteMembershipChanges() {
        guard tellsChanges else { return }
        for membership in input.memberships {
            if let end = membership.endOfEntry { noteChange(at: end.milliseconds) }
        }
    }

    // MARK: Tests

    mutating func compare(_ comparison: PQLComparison, with time: PQLClockTime) {
        let value = pop()
        truth = PQLLogic.compare(comparison, value, calendar.value(of: time, now: now), calendar)
        guard tellsChanges else { return }
        value.forEachItem { item in
            guard let instant = calendar.instant(of: item) else { return }
            let test = { [calendar] (now: Int64) in
                PQLLogic.compare(comparison, item, calendar.value(of: time, now: now), calendar)
            }
            let outcome = test(now)
            for limit in [instant, instant + 1] {
                noteChange(at: calendar.instant(when: time, reaches: limit, next: false), from: outcome, test)
            }
        }
    }

    /// Looks ahead for the first day on which the part makes a difference; parts come again after two months, a year.
    mutating func compare(_ comparison: PQLComparison, with part: PQLDatePart, ofDay distance: Int) {
        let value = pop()
        func holds(_ day: Int) -> Bool {
            PQLLogic.compare(comparison, value, part.of(CivilDate(daysSinceEpoch: day)), calendar)
        }
        var day = calendar.day(of: now) + distance
        truth = holds(day)
        guard tellsChanges, !value.isNull else { return }
        var steps = 62
        repeat {
            day = calendar.day(after: day, endOf: part.unit)
            steps -= 1
        } while steps > 0 && holds(day) == truth
        noteChange(at: calendar.startOfDay(day - distance))
    }

    mutating func run(_ test: PQLTimeTest) {
        let times = popLast(test.operandCount)
        let value = test.testsNow ? .timestamp(input.now) : pop()
        guard let bounds = test.bounds(times, calendar) else {
            truth = false
            return
        }
        truth = test.passes(value, bounds, now: now, calendar)
        guard tellsChanges, test.readsClock else { return }
        if test.testsNow {
            noteChangesOfNow(test, bounds)
        } else {
            value.forEachItem { item in
                if let instant = calendar.instant(of: item) { noteChanges(of: instant, test, bounds) }
            }
        }
    }

    /// What an instant is asked changes when a bound that moves reaches it, or the instant moved by the distance.
    private mutating func noteChanges(of instant: Int64, _ test: PQLTimeTest, _ bounds: PQLTimeTest.Bounds) {
        let holds = { [calendar] (now: Int64) in test.holds(of: instant, bounds, now: now, calendar) }
        let outcome = holds(now)
        func note(_ bound: PQLTimeTest.Bound, _ limit: Int64, next: Bool) {
            guard case .clock(let time) = bound else { return }
            noteChange(at: calendar.instant(when: time, reaches: limit, next: next), from: outcome, holds)
        }
        switch test.kind {
        case .on, .between, .side:
            for limit in [instant, instant + 1] {
                note(bounds.first, limit, next: false)
                note(bounds.last, limit, next: true)
            }
        case .distance(let comparison, let amount, let unit, let direction):
            let pivot = PQLTimeTest.pivot(of: instant, amount, unit, direction, calendar)
            if comparison == .equal || comparison == .notEqual {
                let index = calendar.index(of: unit, around: pivot)
                note(bounds.first, calendar.start(of: unit, at: index), next: false)
                note(bounds.first, calendar.start(of: unit, at: index + 1), next: false)
            } else {
                for limit in [instant, instant + 1, pivot, pivot + 1] { note(bounds.first, limit, next: false) }
            }
        }
    }

    /// What `now` is asked changes when it reaches a bound, or a bound moves on.
    private mutating func noteChangesOfNow(_ test: PQLTimeTest, _ bounds: PQLTimeTest.Bounds) {
        let holds = { [calendar] (now: Int64) in test.holds(of: now, bounds, now: now, calendar) }
        let outcome = holds(now)
        for bound in [bounds.first, bounds.last] {
            let start: Int64
            let end: Int64
            switch bound {
            case .fixed(let span): (start, end) = (span.start, span.end)
            case .clock(let time):
                let index = calendar.index(of: time.unit, around: now)
                start = calendar.start(of: time.unit, at: index)
                end = calendar.start(of: time.unit, at: index + 1)
                // What holds of `now` holds every day alike, but where a day is left out: yesterday begins as now does.
                if time.unit == .day, let leap = calendar.zone.leapOverDay(after: now) { noteChange(at: leap) }
            }
            for limit in [start, start + 1, end, end + 1] { noteChange(at: limit, from: outcome, holds) }
        }
    }
}

extension PQLCalendar {
    /// `now` as an instant, `today` and its like as days.
    func value(of time: PQLClockTime, now: Int64) -> PQLValue {
        if time == .now { return .timestamp(Timestamp(milliseconds: now)) }
        return value(ofDay: day(of: now) + Int(time.distance))
    }

    /// The first day after the unit in which a day lies.
    func day(after day: Int, endOf unit: PQLUnit) -> Int {
        guard unit != .day else { return day + 1 }
        let date = CivilDate(daysSinceEpoch: day)
        let month = unit == .month ? date.month + 1 : 13
        let (year, first) = month > 12 ? (date.year + 1, 1) : (date.year, month)
        return CivilDate(year: year, month: first, day: 1)?.daysSinceEpoch ?? day + 1
    }
}

extension PQLValue {
    /// Walks over the elements of an array, or over the one value that is none.
    func forEachItem(_ body: (PQLValue) -> Void) {
        if case .array(let items) = self { items.forEach(body) } else { body(self) }
    }
}
