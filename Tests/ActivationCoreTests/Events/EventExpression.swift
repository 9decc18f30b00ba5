@testable import ActivationCore

/// An expression compiled with leaves of the events, and without as what it has to agree with.
struct EventExpression {
    let text: String
    let program: PQLProgram
    let plain: PQLProgram

    init(_ text: String, zone: TimeZoneRules = .utc) throws {
        self.text = text
        let expression = try PQLExpression(parsing: text)
        var paths = PathDictionary()
        func compile(usesEventLeaves: Bool) throws -> PQLProgram {
            try PQLProgram(
                compiling: expression,
                paths: &paths,
                clock: .followed,
                zone: zone,
                usesLeafTests: true,
                usesEventLeaves: usesEventLeaves,
                audience: { _ in nil }
            )
        }
        program = try compile(usesEventLeaves: true)
        plain = try compile(usesEventLeaves: false)
    }

    /// The keys of its leaves.
    var keys: [String] { program.eventLeaves.map(\.key) }

    /// The value of the whole, worked out from all events without leaves.
    func plainValue(of events: [ProfileEvent], at now: Timestamp) -> String {
        let input = EvaluationInput(attributes: AttributeView(), events: events, now: now)
        return EventExpression.text(of: plain.value(input, paths: PathDictionary()))
    }

    /// The value of the whole, worked out from what leaves say and no events.
    func value(from readings: EventReadings, at now: Timestamp) -> String {
        let input = EvaluationInput(attributes: AttributeView(), leaves: readings, now: now)
        return EventExpression.text(of: program.value(input, paths: PathDictionary()))
    }

    func outcome(from readings: EventReadings, at now: Timestamp) -> PQLOutcome {
        let input = EvaluationInput(attributes: AttributeView(), leaves: readings, now: now)
        return program.evaluate(input, paths: PathDictionary())
    }

    /// A value to the last bit.
    static func text(of value: PQLValue) -> String {
        switch value {
        case .null: return "null"
        case .integer(let value): return "integer \(value)"
        case .double(let value): return "double \(value) \(value.bitPattern)"
        default:
            var bytes: [UInt8] = []
            value.write(to: &bytes)
            return String(decoding: bytes, as: UTF8.self)
        }
    }
}

extension ProfileEvent {
    /// An event with these members beside its timestamp.
    static func of(_ id: String, at instant: Int64, _ members: String) throws -> ProfileEvent {
        var text: [UInt8] = Array(#"{"timestamp":""#.utf8)
        Timestamp(milliseconds: instant).appendRFC3339Milliseconds(to: &text)
        text += Array(#"""#.utf8) + Array((members.isEmpty ? "" : "," + members).utf8) + Array("}".utf8)
        return ProfileEvent(
            id: id,
            timestamp: Timestamp(milliseconds: instant),
            body: try JSONDocument(parsing: text)
        )
    }
}
