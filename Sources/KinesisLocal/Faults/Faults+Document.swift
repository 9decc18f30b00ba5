import Kinesis

/// The JSON document that `PUT /_faults` takes and `GET /_faults` shows; all members are optional.
extension Faults {
    /// One member of the document.
    private struct Member: Sendable {
        let name: String
        let value: @Sendable (Faults) -> WireValue
        let set: @Sendable (inout Faults, WireValue) -> Bool
        /// What the value must be.
        let form: String

        static func share(_ name: String, _ path: any WritableKeyPath<Faults, Double> & Sendable) -> Member {
            Member(
                name: name,
                value: { .double($0[keyPath: path]) },
                set: { faults, value in
                    guard let number = value.number, (0...1).contains(number) else { return false }
                    faults[keyPath: path] = number
                    return true
                },
                form: "a number from 0 to 1"
            )
        }

        static func milliseconds(
            _ name: String,
            _ path: any WritableKeyPath<Faults, Duration> & Sendable,
            _ range: ClosedRange<Int64> = 0...600_000
        ) -> Member {
            Member(
                name: name,
                value: { .integer($0[keyPath: path].wholeMilliseconds) },
                set: { faults, value in
                    guard let number = value.integer, range.contains(number) else { return false }
                    faults[keyPath: path] = .milliseconds(number)
                    return true
                },
                form: "a whole number from \(range.lowerBound) to \(range.upperBound)"
            )
        }

        static func count(_ name: String, _ path: any WritableKeyPath<Faults, Int?> & Sendable) -> Member {
            Member(
                name: name,
                value: { $0[keyPath: path].map { .integer(Int64($0)) } ?? .null },
                set: { faults, value in
                    if case .null = value {
                        faults[keyPath: path] = nil
                        return true
                    }
                    guard let number = value.integer, number >= 1 else { return false }
                    faults[keyPath: path] = Int(number)
                    return true
                },
                form: "a whole number of at least 1, or null"
            )
        }
    }

    private static let members: [Member] = [
        Member(
            name: "seed",
            value: { .string(String($0.seed)) },
            set: { faults, value in
                guard let seed = value.string.flatMap({ UInt64($0) }) ?? value.integer.flatMap({ UInt64(exactly: $0) })
                else { return false }
                faults.seed = seed
                return true
            },
            form: "a whole number from 0 to 2^64 - 1, as a number or as text"
        ),
        .milliseconds("latencyMilliseconds", \.latency),
        Member(
            name: "operations",
            value: { .array($0.operations.map { .string($0) }) },
            set: { faults, value in
                let names = value.array?.map { $0.string.flatMap(Operation.init(rawValue:))?.rawValue }
                guard let names, names.allSatisfy({ $0 != nil }) else { return false }
                faults.operations = names.compactMap(\.self)
                return true
            },
            form: "a list of operations of this endpoint"
        ),
        .share("recordThrottled", \.recordThrottled),
        .share("recordFailed", \.recordFailed),
        .count("everyNthRecordThrottled", \.everyNthRecordThrottled),
        .share("requestThrottled", \.requestThrottled),
        .share("tokenExpired", \.tokenExpired),
        .share("accessDenied", \.accessDenied),
        .share("requestInvalid", \.requestInvalid),
        .share("kmsFailed", \.kmsFailed),
        Member(
            name: "kmsError",
            value: { .string($0.kmsError.rawValue) },
            set: { faults, value in
                guard let error = value.string.flatMap(KMSError.init(rawValue:)) else { return false }
                faults.kmsError = error
                return true
            },
            form: "one of \(KMSError.allCases.map(\.rawValue).joined(separator: ", "))"
        ),
        .share("requestFailed", \.requestFailed),
        .share("requestUnavailable", \.requestUnavailable),
        .share("requestFailedAfterCommit", \.requestFailedAfterCommit),
        .share("requestUnavailableAfterCommit", \.requestUnavailableAfterCommit),
        .share("connectionDroppedBeforeCommit", \.connectionDroppedBeforeCommit),
        .share("connectionDropped", \.connectionDropped),
        .share("requestHungBeforeCommit", \.requestHungBeforeCommit),
        .share("requestHung", \.requestHung),
        .share("connectionHung", \.connectionHung),
        .share("slowAnswer", \.slowAnswer),
        .milliseconds("slowAnswerMilliseconds", \.slowAnswerDelay),
        .count("answerBytesPerSecond", \.answerBytesPerSecond),
        .count("readBytesPerSecond", \.readBytesPerSecond),
        .milliseconds("clockSkewMilliseconds", \.clockSkew, -86_400_000...86_400_000),
        Member(
            name: "reshardMilliseconds",
            value: { $0.reshardInterval.map { .integer($0.wholeMilliseconds) } ?? .null },
            set: { faults, value in
                if case .null = value {
                    faults.reshardInterval = nil
                    return true
                }
                guard let number = value.integer, (1...86_400_000).contains(number) else { return false }
                faults.reshardInterval = .milliseconds(number)
                return true
            },
            form: "a whole number from 1 to 86400000, or null"
        ),
    ]

    /// Reads the document.
    ///
    /// - Throws: `ValidationException` that names the member which is unknown, or whose value is not what it must be.
    init(document: WireValue) throws(ServiceError) {
        self.init()
        guard let given = document.members else {
            throw ServiceError(.validation, "Faults must be a structure of their names and values.")
        }
        for (name, value) in given {
            guard let member = Self.members.first(where: { $0.name == name }) else {
                let names = Self.members.map(\.name).joined(separator: ", ")
                throw ServiceError(.validation, "\(name) is no fault; there are \(names).")
            }
            guard member.set(&self, value) else { throw ServiceError(.validation, "\(name) must be \(member.form).") }
        }
    }

    /// All of it.
    var document: WireValue {
        .map(Self.members.map { ($0.name, $0.value(self)) })
    }
}

extension WireValue {
    /// The number, whole or not.
    fileprivate var number: Double? {
        switch self {
        case .integer(let whole): Double(whole)
        case .double(let number): number
        default: nil
        }
    }
}
