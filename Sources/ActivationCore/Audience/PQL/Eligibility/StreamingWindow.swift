/// How far back a test of events looks, as far as that decides on streaming (BEHAVIOUR 5.4).
enum StreamingWindow: Equatable {
    /// At most 24 hours.
    case day
    /// Longer, or not measured back from now.
    case longer
    /// Not at all bounded.
    case open

    /// Why a test with this window is left to batches.
    var reason: String {
        switch self {
        case .day: "the window is within 24 hours"
        case .longer:
            "the window is not one of the last 24 hours; today, this hour, and < or <= so many hours before now up to 24 are"
        case .open: "this test of events has no time window; one within the last 24 hours is needed"
        }
    }

    /// The window that `occurs` gives an event's timestamp.
    init(_ when: PQLWhen) {
        switch when {
        case .distance(let comparison, let amount, let unit, .before, .value(let reference))
        where reference.kind == .special(.now) && (comparison == .less || comparison == .lessOrEqual):
            self = StreamingWindow.isWithinDay(amount, unit) ? .day : .longer
        case .on(.value(let day)) where day.kind == .special(.today): self = .day
        case .on(.period(.this, let unit)):
            self = [.day, .hour, .minute, .second, .millisecond].contains(unit) ? .day : .longer
        default: self = .longer
        }
    }

    private static func isWithinDay(_ amount: Int64, _ unit: PQLUnit) -> Bool {
        switch unit {
        case .millisecond: amount <= 86_400_000
        case .second: amount <= 86_400
        case .minute: amount <= 1_440
        case .hour: amount <= 24
        case .day: amount <= 1
        default: amount == 0
        }
    }

    /// The narrower of two that hold both.
    func and(_ other: StreamingWindow) -> StreamingWindow {
        if self == .day || other == .day { return .day }
        return self == .longer || other == .longer ? .longer : .open
    }

    /// The wider of two of which one holds.
    func or(_ other: StreamingWindow) -> StreamingWindow {
        if self == .open || other == .open { return .open }
        return self == .longer || other == .longer ? .longer : .day
    }
}
