import ActivationCore

/// What a change made different, in the form that the history keeps and answers show (docs/API.md).
struct ChangeDifference: Sendable, Equatable {
    /// One side of a part.
    struct Side: Sendable, Equatable {
        /// The value, or the beginning of its text when it is too long to be kept.
        var value: JSONValue
        /// How long its JSON text is in bytes, when the value is only its beginning.
        var bytes: Int?
    }

    /// One part.
    struct Part: Sendable, Equatable {
        /// A JSON pointer into the object.
        var path: JSONPointer
        /// What was there; nil = nothing, or a secret.
        var before: Side?
        /// What is there now; nil = nothing, or a secret.
        var after: Side?
        /// Whether it is a secret that is another now.
        var isSecret = false
    }

    /// The parts: first secrets, then the others in the order of the document.
    var parts: [Part]
    /// How many more there are that are not kept.
    var more = 0

    /// Values are kept whole up to so many bytes.
    static let valueBytesMax = 2_048
    /// Parts are kept up to so many bytes in all.
    static let bytesMax = 65_536

    /// Finds what is different between two versions of an object.
    init(from before: ChangeContent?, to after: ChangeContent?) {
        let found = ChangeContent.difference(from: before, to: after, bytesWhole: Self.valueBytesMax)
        // Secrets first: that one changed is never among what is too much.
        let secrets = found.secrets.map { Part(path: JSONPointer(tokens: $0), isSecret: true) }
        let all =
            secrets
            + found.told.parts.map { part in
                Part(
                    path: JSONPointer(tokens: part.place),
                    before: part.before.map { Side(cutting: $0) },
                    after: part.after.map { Side(cutting: $0) }
                )
            }
        var bytes = 0
        parts = Array(
            all.prefix { part in
                bytes += part.json.text.utf8.count
                return bytes <= Self.bytesMax
            }
        )
        more = all.count - parts.count
    }

    /// Whether nothing is different.
    var isEmpty: Bool { parts.isEmpty }

    /// Reads the stored form; nil when it is none.
    init?(_ bytes: [UInt8]) {
        guard let stored = try? JSONValue(parsing: bytes), let parts = stored["parts"]?.array else { return nil }
        self.parts = parts.compactMap(Part.init)
        more = stored["more"]?.int64.map { Int(clamping: $0) } ?? 0
    }

    /// The members of the stored form and of answers.
    var members: JSONObject {
        var object: JSONObject = ["parts": .array(parts.map(\.json))]
        if more > 0 { object["more"] = .integer(Int64(more)) }
        return object
    }

    /// The stored form.
    var stored: [UInt8] { Array(JSONValue.object(members).text.utf8) }
}

extension ChangeDifference.Side {
    /// A value, cut when it is long.
    fileprivate init(cutting value: JSONValue) {
        let text = value.text
        let bytes = text.utf8.count
        guard bytes > ChangeDifference.valueBytesMax else {
            self.init(value: value)
            return
        }
        let beginning = (value.string ?? text).utf8.prefix(ChangeDifference.valueBytesMax)
        // What is left of a character that was cut in two goes too.
        var whole = String(decoding: beginning, as: UTF8.self)
        if whole.unicodeScalars.last == "\u{FFFD}" { whole.unicodeScalars.removeLast() }
        self.init(value: .string(whole), bytes: bytes)
    }
}

extension ChangeDifference.Part {
    /// Reads the stored form; nil when it is none.
    fileprivate init?(_ json: JSONValue) {
        guard let text = json["path"]?.string, let path = try? JSONPointer(parsing: text) else { return nil }
        func side(_ name: String) -> ChangeDifference.Side? {
            json[name].map { value in
                let bytes = json["\(name)Bytes"]?.int64.map { Int(clamping: $0) }
                return ChangeDifference.Side(value: value, bytes: bytes)
            }
        }
        self.init(
            path: path,
            before: side("before"),
            after: side("after"),
            isSecret: json["isSecret"]?.bool ?? false
        )
    }

    fileprivate var json: JSONValue {
        var object: JSONObject = ["path": .string(path.text)]
        for (name, side) in [("before", before), ("after", after)] {
            object[name] = side?.value
            object["\(name)Bytes"] = side?.bytes.map { .integer(Int64($0)) }
        }
        if isSecret { object["isSecret"] = true }
        return .object(object)
    }
}
