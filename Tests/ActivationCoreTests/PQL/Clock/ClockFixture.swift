import Testing

@testable import ActivationCore

/// Evaluates an expression over one profile at many instants.
struct ClockFixture {
    private var profile: PQLProfile
    let program: PQLProgram

    init(
        _ text: String,
        of profile: String,
        clock: PQLClock = .followed,
        zone: TimeZoneRules = .utc
    ) throws {
        self.profile = try PQLProfile(fromXDM: JSONDocument(parsing: profile), now: Timestamp(milliseconds: 0))
        program = try PQLProgram(
            compiling: PQLExpression(parsing: text),
            paths: &self.profile.paths,
            clock: clock,
            zone: zone,
            audience: self.profile.audience
        )
    }

    func outcome(at now: Timestamp) -> PQLOutcome {
        var input = profile.input
        input.now = now
        return program.evaluate(input, paths: profile.paths)
    }

    func qualifies(at now: Timestamp) -> Bool {
        var input = profile.input
        input.now = now
        return program.qualifies(input, paths: profile.paths)
    }

    /// The value as JSON text.
    func value(at now: Timestamp) -> String {
        var input = profile.input
        input.now = now
        var bytes: [UInt8] = []
        program.value(input, paths: profile.paths).write(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    static func instant(_ text: String) throws -> Timestamp {
        try #require(Timestamp(iso8601: text) ?? Timestamp(date: text), "\(text) is no instant")
    }
}

extension Timestamp {
    func later(by milliseconds: Int64) -> Timestamp { Timestamp(milliseconds: self.milliseconds + milliseconds) }
}
