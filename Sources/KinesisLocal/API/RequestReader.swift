import Kinesis

/// Reads members of a request by their type; a wrong type is a `SerializationException`, an absent member is nil.
struct RequestReader {
    let value: WireValue
    let wire: KinesisWire

    init(_ value: WireValue, wire: KinesisWire) throws(ServiceError) {
        guard case .map = value else { throw Self.mismatch("The request", "a structure", value) }
        self.value = value
        self.wire = wire
    }

    func string(_ name: String) throws(ServiceError) -> String? {
        guard let member = value[name] else { return nil }
        guard let text = member.string else { throw Self.mismatch(name, "a String", member) }
        return text
    }

    func integer(_ name: String) throws(ServiceError) -> Int64? {
        guard let member = value[name] else { return nil }
        guard let number = member.integer else { throw Self.mismatch(name, "an Integer", member) }
        return number
    }

    func bool(_ name: String) throws(ServiceError) -> Bool? {
        guard let member = value[name] else { return nil }
        guard let truth = member.bool else { throw Self.mismatch(name, "a Boolean", member) }
        return truth
    }

    func timestamp(_ name: String) throws(ServiceError) -> Int64? {
        guard let member = value[name] else { return nil }
        guard let milliseconds = member.timestampMilliseconds else {
            throw Self.mismatch(name, "milliseconds since epoch", member)
        }
        return milliseconds
    }

    /// A blob in the form of the request's own wire, and in no other.
    func blob(_ name: String) throws(ServiceError) -> [UInt8]? {
        guard let member = value[name] else { return nil }
        switch (wire, member) {
        case (.json, .string), (.cbor, .bytes):
            guard let bytes = member.blob else {
                throw ServiceError(
                    .serialization,
                    "\(name) can not be converted to a Blob: it is not base64 with padding."
                )
            }
            return bytes
        default: throw Self.mismatch(name, "a Blob", member)
        }
    }

    func list(_ name: String) throws(ServiceError) -> [WireValue]? {
        guard let member = value[name] else { return nil }
        guard let items = member.array else { throw Self.mismatch(name, "a list", member) }
        return items
    }

    func structure(_ name: String) throws(ServiceError) -> RequestReader? {
        guard let member = value[name] else { return nil }
        guard case .map = member else { throw Self.mismatch(name, "a structure", member) }
        return try RequestReader(member, wire: wire)
    }

    /// A map of texts.
    func texts(_ name: String) throws(ServiceError) -> [(String, String)]? {
        guard let member = value[name] else { return nil }
        guard let members = member.members else { throw Self.mismatch(name, "a map", member) }
        var texts: [(String, String)] = []
        for (key, value) in members {
            guard let text = value.string else { throw Self.mismatch("a value of \(name)", "a String", value) }
            texts.append((key, text))
        }
        return texts
    }

    static func mismatch(_ name: String, _ type: String, _ found: WireValue) -> ServiceError {
        let kind =
            switch found {
            case .null: "null"
            case .bool: "a Boolean"
            case .integer, .double: "a number"
            case .string: "a String"
            case .bytes: "a byte string"
            case .timestamp: "a timestamp"
            case .array: "a list"
            case .map: "a structure"
            }
        return ServiceError(.serialization, "\(name): \(kind) can not be converted to \(type)")
    }
}
