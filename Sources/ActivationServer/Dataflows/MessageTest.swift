import ActivationCore
import ActivationEngine

/// A record that was written to see whether a dataflow's target takes any, and what came of it (BEHAVIOUR 3.21).
struct MessageTest: Sendable {
    /// What came of it.
    enum Outcome: Sendable, Equatable {
        /// The destination has it, at some place.
        case written(receipt: String?)
        /// The destination, or the way there, refused it.
        case refused(code: String, message: String)
    }

    /// The flow.
    var flow: String
    /// The id in the record.
    var id: String
    /// When it was made.
    var at: Timestamp
    /// Who asked.
    var by: String
    /// What came of it.
    var outcome: Outcome

    /// Tests that are kept of one flow, the newest.
    static let keptMax = 20

    init(flow: String, id: String, at: Timestamp, by: String, outcome: Outcome) {
        self.flow = flow
        self.id = id
        self.at = at
        self.by = by
        self.outcome = outcome
    }

    /// Reads a stored one; nil when it is none.
    init?(_ entry: ControlEntry) {
        guard entry.kind == .messageTest, let flow = entry.string("flowId") else { return nil }
        self.flow = flow
        id = entry.id
        at = entry.createdAt
        by = entry.string("by") ?? ""
        if let code = entry.string("code") {
            outcome = .refused(code: code, message: entry.string("message") ?? "")
        } else {
            outcome = .written(receipt: entry.string("receipt"))
        }
    }

    fileprivate var body: JSONObject {
        var body: JSONObject = ["flowId": .string(flow), "by": .string(by)]
        switch outcome {
        case .written(let receipt): body["receipt"] = receipt.map { .string($0) }
        case .refused(let code, let message):
            body["code"] = .string(code)
            body["message"] = .string(message)
        }
        return body
    }

    /// The test as callers see it.
    var json: JSONObject {
        var object: JSONObject = ["id": .string(id), "at": .string(at.rfc3339), "by": .string(by)]
        switch outcome {
        case .written(let receipt):
            object["isWritten"] = true
            object["receipt"] = receipt.map { .string($0) }
        case .refused(let code, let message):
            object["isWritten"] = false
            object["code"] = .string(code)
            object["message"] = .string(message)
        }
        return object
    }
}

extension ControlSnapshot {
    /// The tests of a flow that are kept, the newest first.
    func messageTests(of flow: String) -> [MessageTest] {
        entries(.messageTest, using: ControlName(.flow, flow)).reversed().compactMap(MessageTest.init)
    }
}

extension ControlDraft {
    /// Keeps a test, unless its flow has gone meanwhile; the oldest go.
    mutating func enter(_ test: MessageTest) {
        guard let flow = snapshot.entry(.flow, test.flow), flow.string("state") != FlowState.deleting else { return }
        let known = snapshot.entries(.messageTest, using: ControlName(.flow, test.flow))
        for old in known.dropLast(MessageTest.keptMax - 1) { remove(old) }
        add(.messageTest, id: test.id, body: test.body)
    }
}
