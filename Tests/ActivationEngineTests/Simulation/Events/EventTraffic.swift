import TestSupport

/// Makes the steps of a simulation of events: a few persons at a time, whose events come in time, late, early, again and
/// corrected, and a clock that goes to where something happens.
struct EventTraffic {
    /// Time zones, and days shortly before months end, a leap day comes, or clocks are changed: at midnight, around it, by
    /// half an hour.
    static let places = [
        ("UTC", "2026-01-28"), ("UTC", "2024-02-26"), ("UTC", "2026-12-29"), ("UTC", "2026-03-27"),
        ("Europe/Berlin", "2026-03-26"), ("Europe/Berlin", "2026-10-22"), ("America/New_York", "2026-03-05"),
        ("America/New_York", "2028-02-26"), ("Australia/Lord_Howe", "2026-04-01"), ("America/Sao_Paulo", "2018-11-01"),
        ("America/Sao_Paulo", "2018-02-15"), ("Africa/Cairo", "2026-10-27"), ("America/St_Johns", "2007-11-01"),
        ("Asia/Kathmandu", "2026-02-25"),
    ]

    private static let minute: Int64 = 60_000
    private static let hour: Int64 = 3_600_000
    private static let day: Int64 = 86_400_000

    private var random: SeededGenerator
    private var identities: [String] = []
    private var lastIdentity = 0
    private var lastEvent = 0
    /// Events that have been sent, the latest last.
    private var sent: [SimulatedEvent] = []

    /// By how much amounts rise from hour to hour; nil = they are of any order.
    ///
    /// Where each is less than all before it, few of them can be forgotten.
    private var slope: Double?
    private var start: Int64 = 0

    init(random: SeededGenerator, start: Int64, isSteady: Bool) {
        self.random = random
        self.start = start
        if isSteady { slope = self.random.pick([-0.005, -0.005, 0.005]) }
        // Of a few persons each has many events.
        for _ in 0..<(isSteady ? 2 : 5) { identities.append(newIdentity()) }
    }

    private mutating func newIdentity() -> String {
        lastIdentity += 1
        return "+49\(lastIdentity)"
    }

    /// The next step.
    ///
    /// - Parameters:
    ///   - clock: What the clock shows.
    ///   - due: When the next persons are due.
    ///   - questions: How many questions there are.
    ///   - calendar: The calendar of the store.
    /// - Returns: The step.
    mutating func next(clock: Int64, due: [Int64], questions: Int, calendar: ReferenceCalendar) -> EventSimulation.Step
    {
        switch random.number(0..<100) {
        case 0..<2: return .restart
        case 2: return random.oneIn(3) ? .lifetimes(lifetimes()) : .audience(random.number(0..<questions))
        case 3..<40:
            return .clock(next(clock, due, calendar), runsTimers: !random.oneIn(3))
        default:
            let count = random.oneIn(2) ? 1 : random.number(1..<5)
            return .events((0..<count).map { _ in event(clock, due, calendar) })
        }
    }

    /// How many days events of datasets stay.
    mutating func lifetimes() -> [String: Int] {
        random.pick([[:], [:], ["web": 2], ["web": 1, "shop": 30], ["shop": 3]])
    }

    // MARK: The clock

    private mutating func next(_ clock: Int64, _ due: [Int64], _ calendar: ReferenceCalendar) -> Int64 {
        let around = Int64(random.pick([-1, 0, 0, 1, 2]))
        switch random.number(0..<20) {
        case 0..<11:
            // Seldom far away, so that events are mostly near.
            let horizon = random.oneIn(30) ? start + 3 * 366 * EventTraffic.day : clock + 3 * EventTraffic.day
            let near = due.filter { $0 < horizon }
            return near.isEmpty ? clock + EventTraffic.hour : max(clock, random.pick(near) + around)
        case 11..<13: return clock + Int64(random.number(0..<5_000))
        case 13: return max(clock, calendar.start(of: random.pick([.hour, .day]), clock, plus: 1) + around)
        case 14..<16: return clock + Int64(random.number(0..<30)) * EventTraffic.hour
        case 16 where clock < start + 3 * 366 * EventTraffic.day:
            return random.oneIn(6) ? clock + Int64(random.number(0..<45)) * EventTraffic.day : clock
        case 17: return clock - Int64(random.number(0..<3_000_000))
        default: return clock + Int64(random.number(0..<200)) * EventTraffic.minute
        }
    }

    // MARK: Events

    private mutating func event(_ clock: Int64, _ due: [Int64], _ calendar: ReferenceCalendar) -> SimulatedEvent {
        if let last = sent.last, random.oneIn(8) { return again(random.oneIn(3) ? last : random.pick(sent)) }
        if random.oneIn(slope == nil ? 60 : 500) { identities[random.number(0..<identities.count)] = newIdentity() }
        var named = [random.pick(identities)]
        if random.oneIn(40) {
            let other = random.pick(identities)
            if other != named[0] { named.append(other) }
        }
        lastEvent += 1
        var event = ReferenceEvent(
            // Not in the order in which they come.
            id: "e\(lastEvent % 10)\(lastEvent)",
            instant: instant(clock, due, calendar),
            dataset: random.pick(["shop", "web"]),
            kind: random.pick(["buy", "view"])
        )
        if let slope {
            event.amount = 5 + slope * Double((event.instant - start) / EventTraffic.hour)
            return keep(SimulatedEvent(identities: named, event: event))
        }
        switch random.number(0..<16) {
        case 0: event.word = random.pick(["7", "a"])
        case 1, 2: break
        case 3: event.amount = random.pick([1e15, -1e15, 0.1, -3, 0.1])
        case 4, 5: event.amount = Double(random.number(0..<90)) / 10
        default: event.amount = Double(random.number(0..<10))
        }
        return keep(SimulatedEvent(identities: named, event: event))
    }

    private mutating func keep(_ event: SimulatedEvent) -> SimulatedEvent {
        sent.append(event)
        if sent.count > 40 { sent.removeFirst() }
        return event
    }

    /// An event once more: as it was, with another value, or corrected as an event of its own.
    private mutating func again(_ known: SimulatedEvent) -> SimulatedEvent {
        var event = known
        if random.oneIn(2) {
            event.event.amount = Double(random.number(0..<10))
            event.event.word = nil
        }
        if random.oneIn(4) {
            lastEvent += 1
            event.event.id = "c\(lastEvent)"
            return keep(event)
        }
        return event
    }

    private mutating func instant(_ clock: Int64, _ due: [Int64], _ calendar: ReferenceCalendar) -> Int64 {
        switch random.number(0..<16) {
        case 0..<6: return clock
        case 6..<8: return clock - Int64(random.number(0..<10_000))
        case 8, 9: return clock - Int64(random.number(0..<72)) * EventTraffic.hour
        case 10: return clock - Int64(random.number(0..<60)) * EventTraffic.day
        // Still to come.
        case 11: return clock + Int64(random.number(0..<50)) * EventTraffic.hour
        case 12: return (sent.last?.event.instant ?? clock) + Int64(random.number(-1..<2))
        case 13: return calendar.start(of: random.pick([.hour, .day]), clock) + Int64(random.number(-1..<2))
        case 14:
            return calendar.start(of: random.pick([.day, .week, .month]), clock, plus: Int64(random.number(-1..<1)))
        default: return clock - Int64(random.number(0..<600)) * EventTraffic.minute
        }
    }
}
