/// A strictly parsed RFC 8259 text: its compact canonical bytes and a flat tape of its values.
///
/// Two texts that differ only in white space and in the spelling of characters inside strings have the same
/// canonical bytes. Members keep their order, numbers their spelling.
public struct JSONDocument: Sendable {
    /// The canonical text.
    ///
    /// It holds no white space between tokens. Strings are UTF-8 with only `\"`, `\\`, `\b`, `\f`, `\n`, `\r`, `\t`
    /// and lower-case `\u00xx` (for the other control characters) escaped.
    public let text: [UInt8]
    /// Every value in the order it begins in the text; `nodes[0]` is the root.
    public let nodes: [JSONNode]

    /// The object without members.
    public static let emptyObject = JSONDocument(
        text: Array("{}".utf8),
        nodes: [JSONNode(kind: .object, keyStart: 0, keyLength: 0, start: 0, length: 2, next: 1, count: 0)]
    )

    private init(text: [UInt8], nodes: [JSONNode]) {
        self.text = text
        self.nodes = nodes
    }

    /// Parses one JSON text.
    ///
    /// Refused are, beyond what the grammar refuses: bytes that are not UTF-8, a byte order mark, lone surrogates in
    /// escapes, a key that occurs twice in one object, and nesting deeper than `depthMax`.
    ///
    /// - Parameters:
    ///   - bytes: The whole text.
    ///   - depthMax: How many arrays and objects may contain each other; more than 512 is taken for 512.
    /// - Throws: ``JSONError`` with the first offending byte.
    public init(
        parsing bytes: UnsafeBufferPointer<UInt8>,
        depthMax: Int = Limits.jsonDepthMax
    ) throws(JSONError) {
        guard let input = bytes.baseAddress, !bytes.isEmpty else {
            throw JSONError(offset: 0, found: JSONScanner.endName, expected: "a value")
        }
        guard bytes.count < Int(UInt32.max) else {
            throw JSONError(offset: 0, found: "\(bytes.count) bytes", expected: "fewer than \(UInt32.max) bytes")
        }
        var nodes: [JSONNode] = []
        var failure: JSONError?
        // Canonical text is never longer than its source: white space goes, escapes only shrink.
        text = [UInt8](unsafeUninitializedCapacity: bytes.count) { output, written in
            guard let target = output.baseAddress else { return }
            let scanner = JSONScanner(input: input, count: bytes.count, output: target)
            // On the stack for a small text.
            let capacity = JSONNodeBuffer.usualCount(textBytes: bytes.count)
            withUnsafeTemporaryAllocation(of: JSONNode.self, capacity: capacity) { room in
                guard let room = room.baseAddress else { return }
                let buffer = JSONNodeBuffer(lent: room, capacity: capacity)
                var parser = JSONParser(text: scanner, nodes: buffer, depthMax: Swift.min(depthMax, 512))
                do throws(JSONError) {
                    try parser.parse()
                    written = parser.written
                    nodes = parser.nodes.array()
                } catch {
                    failure = error
                }
            }
        }
        if let failure { throw failure }
        self.nodes = nodes
    }

    /// Parses one JSON text; see ``init(parsing:depthMax:)-(UnsafeBufferPointer<UInt8>,_)``.
    ///
    /// - Throws: ``JSONError`` with the first offending byte.
    public init(parsing bytes: some Collection<UInt8>, depthMax: Int = Limits.jsonDepthMax) throws(JSONError) {
        let parsed = bytes.withContiguousStorageIfAvailable { buffer in
            Result { () throws(JSONError) in try JSONDocument(parsing: buffer, depthMax: depthMax) }
        }
        if let parsed {
            self = try parsed.get()
        } else {
            self = try JSONDocument(parsing: [UInt8](bytes), depthMax: depthMax)
        }
    }

    /// Parses one JSON text; offsets in errors count its UTF-8 bytes.
    ///
    /// - Throws: ``JSONError`` with the first offending byte.
    public init(parsing text: String, depthMax: Int = Limits.jsonDepthMax) throws(JSONError) {
        self = try JSONDocument(parsing: text.utf8, depthMax: depthMax)
    }

    /// The whole value.
    public var root: JSONView { JSONView(document: self, index: 0) }
}
