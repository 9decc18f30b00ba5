import ActivationCore

/// Some consecutive lines of a body on their way to the engine: messages, and lines that already failed.
struct LineBatch: Sendable {
    /// The messages, in line order.
    private(set) var messages: [Message] = []
    private var messageLines: [Int] = []
    private var failures: [LineReport.Failure] = []
    private var bytes = 0
    private var lastLine = 0

    /// Whether it holds nothing.
    var isEmpty: Bool { messages.isEmpty && failures.isEmpty }

    /// Whether it should go to the engine before it grows further.
    var isFull: Bool {
        messages.count + failures.count >= IngestionLimits.batchLinesMax || bytes >= IngestionLimits.batchBytesMax
    }

    /// Adds a line that became a message.
    mutating func append(_ message: Message, line: Int) {
        messages.append(message)
        messageLines.append(line)
        bytes += message.document.text.count
        lastLine = line
    }

    /// Adds a line that is refused.
    mutating func append(_ failure: LineReport.Failure) {
        failures.append(failure)
        lastLine = failure.line
    }

    /// Enters the outcome of every line in the report, in line order.
    ///
    /// - Parameters:
    ///   - results: The engine's results, one per message.
    ///   - report: The report of the whole body.
    func settle(_ results: [DecisionResult], in report: inout LineReport) {
        precondition(results.count == messages.count, "the engine answers every message")
        var failures = failures[...]
        for ((line, message), result) in zip(zip(messageLines, messages), results) {
            while let failure = failures.first, failure.line < line {
                report.refuse(failure)
                failures.removeFirst()
            }
            switch result {
            case .accepted, .evaluated, .identities: report.accept()
            case .acceptedWithout(let omissions):
                report.accept()
                report.ignore(omissions.namespaces, line: line)
                report.note(omissions.audiences, line: line)
            case .duplicate: report.acceptDuplicate()
            case .refused(let error):
                report.refuse(LineReport.Failure(line: line, code: error.code, message: error.message))
                continue
            }
            report.ignore(message.ignoredIdentities, line: line)
        }
        failures.forEach { report.refuse($0) }
        report.settle(through: lastLine)
    }
}
