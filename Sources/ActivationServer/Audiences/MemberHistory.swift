import ActivationCore
import ActivationEngine

/// How many members an audience has and had.
struct MemberHistory: Sendable {
    /// Members now.
    let members: Int64
    /// Hours in which anybody entered or exited, oldest first.
    let hours: [MemberHour]
    /// The present; later when the clock was set back.
    private let now: Timestamp

    /// Reads what is kept of an audience.
    init(
        of audience: Audience.ID,
        _ engine: any ServerEngine,
        now: Timestamp
    ) async throws(EngineError) {
        hours = try await engine.memberHours(of: audience)
        // The last hour is of the same instant as the others; without hours nothing has changed for long.
        if let last = hours.last {
            members = last.members
        } else {
            members = Int64(try await engine.memberCount(audience))
        }
        self.now = max(now, hours.last?.start ?? now)
    }

    /// How many hours there are from the beginning of a day in UTC to the end of the present hour.
    ///
    /// - Parameter days: How many days, of which the last is the present one.
    /// - Returns: The number of hours.
    func hours(ofLastDays days: Int) -> Int {
        let (_, hour) = BookedHour.number(of: now).quotientAndRemainder(dividingBy: 24)
        return (days - 1) * 24 + Int(hour < 0 ? hour + 24 : hour) + 1
    }

    /// When the first of some hours began, of which the last is the present one.
    func start(ofLast count: Int) -> Timestamp {
        Timestamp(milliseconds: (BookedHour.number(of: now) - Int64(count) + 1) * BookedHour.length)
    }

    /// Members at the end of every one of some hours, of which the last is the present one.
    func points(ofLast count: Int) -> [MemberHour] {
        var next = hours[...]
        // Before the first hour that is kept nothing changed.
        var before = hours.first.map { $0.members - $0.counters.members } ?? members
        let first = start(ofLast: count)
        return (0..<Int64(count)).map { index in
            let start = Timestamp(milliseconds: first.milliseconds + index * BookedHour.length)
            var counters = MemberCounters()
            while let hour = next.first, hour.start <= start {
                if hour.start == start { counters = hour.counters }
                before = hour.members
                next = next.dropFirst()
            }
            return MemberHour(start: start, counters: counters, members: before)
        }
    }
}
