import ActivationCore

/// What became of the lines of one NDJSON request (BEHAVIOUR 6.5).
struct LineReport: Equatable {
    /// Why one line was not taken.
    struct Failure: Equatable {
        /// The line's number in the body, from 1.
        var line: Int
        /// A stable word, such as `IDENTITY_MISSING`.
        var code: String
        /// What was found and what is accepted; no profile data.
        var message: String
    }

    /// Lines that are stored.
    private(set) var accepted = 0
    /// Events that were stored before.
    private(set) var duplicates = 0
    /// Lines that were refused and changed nothing.
    private(set) var failed = 0
    /// Refused lines, by the word for the reason.
    private(set) var refused: [String: Int] = [:]
    /// The last line up to which everything is stored or refused.
    private(set) var settledThroughLine = 0
    /// Identities of one namespace that were left out.
    private struct Ignored: Equatable {
        var count: Int
        /// The first line that has one.
        var line: Int
    }

    /// Memberships in external audiences that do not exist.
    private struct UnknownMemberships: Equatable {
        var count = 0
        /// Where the first one stands in its line.
        var first: String
        /// That line.
        var line: Int
    }

    /// By namespace, of which there are few.
    private var ignored: [ByteKey: Ignored] = [:]
    /// Nil while there are none.
    private var unknownAudiences: UnknownMemberships?
    /// The first failures, in line order.
    private(set) var errors: [Failure] = []

    /// Notes the identities that were left out of a line (BEHAVIOUR 4.3).
    ///
    /// - Parameters:
    ///   - namespaces: Their namespaces, one entry each.
    ///   - line: The line's number.
    mutating func ignore(_ namespaces: [String], line: Int) {
        for namespace in namespaces {
            ignored[ByteKey(namespace), default: Ignored(count: 0, line: line)].count += 1
        }
    }

    /// Notes the memberships that were left out of a line since their audiences do not exist (BEHAVIOUR 4.1).
    ///
    /// - Parameters:
    ///   - audiences: Where the first one stands, and how many there are; nil = none.
    ///   - line: The line's number.
    mutating func note(_ audiences: UnknownAudiences?, line: Int) {
        guard let audiences else { return }
        if unknownAudiences == nil { unknownAudiences = UnknownMemberships(first: audiences.first, line: line) }
        unknownAudiences?.count += audiences.count
    }

    /// Counts a stored line.
    mutating func accept() { accepted += 1 }

    /// Counts an event that was stored before.
    mutating func acceptDuplicate() { duplicates += 1 }

    /// Counts a refused line, and lists it while there is room.
    mutating func refuse(_ failure: Failure) {
        failed += 1
        refused[failure.code, default: 0] += 1
        if errors.count < IngestionLimits.lineErrorsMax { errors.append(failure) }
    }

    /// Remembers that all lines through this one are settled.
    mutating func settle(through line: Int) {
        settledThroughLine = max(settledThroughLine, line)
    }

    /// What came of the lines since an earlier report of the same body.
    func outcome(since earlier: LineReport) -> IngestionCounts.Outcome {
        var outcome = IngestionCounts.Outcome(
            accepted: accepted + duplicates - earlier.accepted - earlier.duplicates,
            refused: refused
        )
        for (code, count) in earlier.refused { outcome.refused[code, default: 0] -= count }
        outcome.refused = outcome.refused.filter { $0.value > 0 }
        return outcome
    }

    /// The members of the answer.
    var json: JSONObject {
        [
            "accepted": .integer(Int64(accepted)),
            "duplicates": .integer(Int64(duplicates)),
            "failed": .integer(Int64(failed)),
            "errors": .array(
                errors.map { failure in
                    [
                        "line": .integer(Int64(failure.line)),
                        "code": .string(failure.code),
                        "message": .string(failure.message),
                    ]
                }
            ),
            "errorsTruncated": .bool(failed > errors.count),
            "warnings": .array(
                ignored.sorted { $0.key < $1.key }.map { namespace, ignored in
                    Warning.identityIgnored(namespace.string, count: ignored.count, line: ignored.line)
                }
                    + (unknownAudiences.map { [Warning.audienceUnknown($0.first, count: $0.count, line: $0.line)] }
                        ?? [])
            ),
        ]
    }
}
