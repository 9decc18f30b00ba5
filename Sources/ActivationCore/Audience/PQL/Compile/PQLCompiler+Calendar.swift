extension PQLCompiler {
    /// Takes down that the calendar is read if the value of a node can be a day, whose instant depends on the time zone.
    mutating func noteDay(_ node: PQLNode) throws(PQLError) {
        if try canBeDay(node) { draft.readsCalendar = true }
    }

    /// Likewise, for a value that is compared with a time.
    mutating func noteDay(_ node: PQLNode, beside time: PQLClockTime) throws(PQLError) {
        if time.unit.isOfCalendar { draft.readsCalendar = true } else { try noteDay(node) }
    }

    private func canBeDay(_ node: PQLNode) throws(PQLError) -> Bool {
        switch node.kind {
        case .null, .integer, .double, .boolean, .negative, .arithmetic, .object: false
        case .string(let text): Timestamp(iso8601: text) == nil
        case .special(.now): false
        case .name, .outer: try !isTimestampOfEvent(node, [])
        case .path(let base, let steps): try !isTimestampOfEvent(base, steps)
        default: true
        }
    }

    /// Whether a path leads from a slot with an event to its timestamp.
    private func isTimestampOfEvent(_ base: PQLNode, _ steps: [PQLStep]) throws(PQLError) -> Bool {
        switch try start(of: base) {
        case .place(.slot(let slot)):
            guard eventSlots.contains(slot), steps.count == 1, let step = steps.first else { return false }
            return step.kind == .member("timestamp") || step.kind == .key("timestamp")
        case .field(.slot(let slot), let name):
            return steps.isEmpty && eventSlots.contains(slot) && name == "timestamp"
        default: return false
        }
    }
}
