import ActivationCore

/// What an alert may be about (BEHAVIOUR 2.6, 7.1).
enum AlertKind: String, Sendable, CaseIterable {
    case flowRunStart
    case flowRunSuccess
    case flowRunFailure
    case flowRunDelay
    case skippedRateExceeded
    case lag
    case parked
    case paused
    case retrying
    case booksOff
    case credentialsExpire
    case diskShare
    case diskSpace
    case writesRefused

    /// Those that are about one dataflow.
    static let ofDataflows = allCases.filter(\.isOfDataflow)

    /// Whether it is about one dataflow; else it is about the server.
    var isOfDataflow: Bool { ![.diskShare, .diskSpace, .writesRefused].contains(self) }

    /// Whether it tells of something that happens, and is over at once.
    var isEvent: Bool { self == .flowRunStart || self == .flowRunSuccess }
}

extension AlertKind {
    /// What it is called; Adobe's words where it has the kind.
    var title: String {
        switch self {
        case .flowRunStart: "Run started"
        case .flowRunSuccess: "Run succeeded"
        case .flowRunFailure: "Run failed"
        case .flowRunDelay: "Run delayed"
        case .skippedRateExceeded: "Skipped rate exceeded"
        case .lag: "Lag"
        case .parked: "Records parked"
        case .paused: "Dataflow paused"
        case .retrying: "Dataflow retrying"
        case .booksOff: "Books do not balance"
        case .credentialsExpire: "Credentials refused or ending"
        case .diskShare: "Little of the disk left"
        case .diskSpace: "Little room left"
        case .writesRefused: "Writes refused"
        }
    }

    /// When it comes.
    var meaning: String {
        switch self {
        case .flowRunStart: "A run has begun: an hour with records."
        case .flowRunSuccess: "A run has ended and everything was taken."
        case .flowRunFailure: "A run has ended and records were refused."
        case .flowRunDelay: "A record waits whose run began longer ago than this."
        case .skippedRateExceeded: "Of all records of a run more than this share was not sent."
        case .lag: "The oldest waiting record has waited for longer than this."
        case .parked: "At least so many records were refused for good and wait for somebody."
        case .paused: "The destination refuses everything until somebody acts."
        case .retrying: "Nothing gets through, and has not for longer than this."
        case .booksOff: "What was triggered is not what became of it."
        case .credentialsExpire:
            "The destination refuses the account's credentials, or they end sooner than this and cannot be renewed."
        case .diskShare: "Less than this share of the disk that has the data directory is free."
        case .diskSpace: "Less than this is free on the disk that has the data directory."
        case .writesRefused: "The server can store nothing, so it takes no messages."
        }
    }

    /// Its threshold; nil for a kind without one.
    var threshold: AlertThreshold? {
        switch self {
        case .flowRunDelay: AlertThreshold(unit: "minutes", range: 1...10_080, preset: 150, isWhole: true)
        case .skippedRateExceeded: AlertThreshold(unit: "percent", range: 0...100, preset: 1, isWhole: false)
        case .lag: AlertThreshold(unit: "seconds", range: 1...604_800, preset: 60, isWhole: true)
        case .parked: AlertThreshold(unit: "records", range: 1...1_000_000_000, preset: 1, isWhole: true)
        case .retrying: AlertThreshold(unit: "seconds", range: 1...604_800, preset: 300, isWhole: true)
        case .credentialsExpire: AlertThreshold(unit: "minutes before", range: 1...10_080, preset: 10, isWhole: true)
        case .diskShare: AlertThreshold(unit: "percent", range: 1...99, preset: 5, isWhole: false)
        case .diskSpace: AlertThreshold(unit: "mebibytes", range: 1...1_000_000_000, preset: 1_024, isWhole: true)
        case .flowRunStart, .flowRunSuccess, .flowRunFailure, .paused, .booksOff, .writesRefused: nil
        }
    }

    /// For how long it has to be so before it is told, and not be so before it is over, unless a rule says otherwise: one look
    /// at something that comes and goes by itself says little.
    var windowPreset: Int {
        switch self {
        case .lag, .retrying, .booksOff, .diskShare, .diskSpace: 30
        default: 0
        }
    }

    /// How bad it is, unless a rule says otherwise.
    var severityPreset: AlertSeverity {
        switch self {
        case .flowRunStart, .flowRunSuccess: .info
        case .flowRunFailure, .flowRunDelay, .skippedRateExceeded, .lag, .parked, .retrying: .warning
        case .paused, .booksOff, .credentialsExpire, .diskShare, .diskSpace, .writesRefused: .critical
        }
    }

    /// Its word in messages to others: Adobe's event codes where it has the kind (BEHAVIOUR 7.3).
    var eventCode: String {
        switch self {
        case .flowRunStart: "destinations_flow_run_start"
        case .flowRunSuccess: "destinations_flow_run_success"
        case .flowRunFailure: "destinations_flow_run_failure"
        case .flowRunDelay: "destinations_flow_run_delay"
        case .skippedRateExceeded: "destinations_activation_skip_rate_exceeded"
        case .lag: "headwater_lag_exceeded"
        case .parked: "headwater_records_parked"
        case .paused: "headwater_dataflow_paused"
        case .retrying: "headwater_dataflow_retrying"
        case .booksOff: "headwater_books_off"
        case .credentialsExpire: "headwater_credentials_refused"
        case .diskShare, .diskSpace: "headwater_disk_low"
        case .writesRefused: "headwater_writes_refused"
        }
    }
}

/// How bad it is.
enum AlertSeverity: String, Sendable, CaseIterable {
    case info
    case warning
    case critical

    /// The worse, the higher.
    var rank: Int {
        switch self {
        case .info: 0
        case .warning: 1
        case .critical: 2
        }
    }
}

/// From which figure on an alert is one.
struct AlertThreshold: Sendable {
    /// What is counted, such as `seconds`.
    var unit: String
    var range: ClosedRange<Double>
    var preset: Double
    /// Whether only whole numbers count.
    var isWhole: Bool

    /// Whether a figure may be one.
    func takes(_ value: Double) -> Bool {
        range.contains(value) && (!isWhole || value == value.rounded())
    }

    /// What may be one.
    var words: String {
        let (low, high) = (AlertThreshold.number(range.lowerBound).text, AlertThreshold.number(range.upperBound).text)
        return "a \(isWhole ? "whole " : "")number from \(low) to \(high) (\(unit))"
    }

    /// A number as it is written: whole ones without a point.
    static func number(_ value: Double) -> JSONValue {
        Int64(exactly: value).map { .integer($0) } ?? JSONValue(value)
    }
}
