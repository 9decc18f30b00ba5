import ActivationCore

/// Turns the lines of a body into checked messages of one kind.
struct LineReader: Sendable {
    /// What every line of the body is.
    enum Kind: Sendable {
        case records
        case events
        /// Identities that belong to an external audience, or no longer do (BEHAVIOUR 5.7).
        case members(of: Audience.ID, isMember: Bool)

        /// Bytes that one line may have (BEHAVIOUR 6.5).
        var lineBytesMax: Int {
            switch self {
            case .records, .members: Limits.recordBytesMax
            case .events: Limits.eventBytesMax
            }
        }

        /// What a line is, in messages.
        var noun: String {
            switch self {
            case .records: "a record"
            case .events: "an event"
            case .members: "a membership"
            }
        }
    }

    /// What the lines are.
    var kind: Kind
    /// The id of the dataset they belong to; memberships belong to none.
    var dataset = ""
    /// Whether records say themselves when they were written.
    var usesSourceTime = false
    /// The namespaces that exist.
    var namespaces: NamespaceDirectory
    /// When the lines come.
    var now: @Sendable () -> Timestamp
    /// Told the namespaces of identities that mean nobody, of a line that names nobody else.
    var onIgnored: @Sendable ([String]) -> Void = { _ in }

    /// Reads one line into the batch, as a message or as a failure.
    func read(_ line: LineSplitter.Line, number: Int, into batch: inout LineBatch) {
        switch line {
        case .tooLong:
            batch.append(
                LineReport.Failure(
                    line: number,
                    code: "RECORD_TOO_LARGE",
                    message: "\(kind.noun) has at most \(kind.lineBytesMax) bytes; this line is longer"
                )
            )
        case .content(let bytes):
            do {
                batch.append(try message(bytes), line: number)
            } catch {
                onIgnored(error.ignoredIdentities)
                batch.append(LineReport.Failure(line: number, code: error.code, message: error.message))
            }
        }
    }

    private func message(_ bytes: UnsafeBufferPointer<UInt8>) throws(MessageError) -> Message {
        let document: JSONDocument
        do {
            document = try JSONDocument(parsing: bytes)
        } catch {
            throw MessageError(malformed: error)
        }
        switch kind {
        case .records:
            var message = try Message(record: document, dataset: dataset, namespaces: namespaces)
            if usesSourceTime { try message.readSourceTime() }
            return message
        case .events:
            return try Message(event: document, dataset: dataset, namespaces: namespaces)
        case .members(let audience, let isMember):
            return try Message(
                member: document,
                of: audience,
                isMember: isMember,
                namespaces: namespaces,
                at: now()
            )
        }
    }
}

extension MessageError {
    /// The error of a text that is not JSON; names the place, never the content.
    init(malformed error: JSONError) {
        self.init(
            code: "JSON_INVALID",
            pointer: "",
            keyword: "format",
            message: "not JSON at byte \(error.offset): expected \(error.expected), found \(error.found)"
        )
    }
}
