import ActivationCore

/// Turns the lines of a body into checked messages of one kind.
struct LineReader: Sendable {
    /// What every line of the body is.
    enum Kind: Sendable {
        case records
        case events

        /// Bytes that one line may have (BEHAVIOUR 6.5).
        var lineBytesMax: Int {
            switch self {
            case .records: Limits.recordBytesMax
            case .events: Limits.eventBytesMax
            }
        }
    }

    /// What the lines are.
    var kind: Kind
    /// The id of the dataset they belong to.
    var dataset: String
    /// Whether records say themselves when they were written.
    var usesSourceTime = false
    /// The namespaces that exist.
    var namespaces: NamespaceDirectory
    /// Told the namespaces of identities that mean nobody, of a line that names nobody else.
    var onIgnored: @Sendable ([String]) -> Void = { _ in }

    /// Reads one line into the batch, as a message or as a failure.
    func read(_ line: LineSplitter.Line, number: Int, into batch: inout LineBatch) {
        switch line {
        case .tooLong:
            let what = kind == .records ? "a record" : "an event"
            batch.append(
                LineReport.Failure(
                    line: number,
                    code: "RECORD_TOO_LARGE",
                    message: "\(what) has at most \(kind.lineBytesMax) bytes; this line is longer"
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
