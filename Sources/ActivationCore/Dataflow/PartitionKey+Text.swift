extension CompiledDataflow.PartitionKey {
    /// Characters of a partition key at most; Amazon Kinesis' limit, counted the stricter way.
    private static let charactersMax = 256

    /// The partition key of a record (BEHAVIOUR 3.16).
    ///
    /// - Parameters:
    ///   - state: The profile.
    ///   - view: Its attributes.
    ///   - messageID: The record's name.
    /// - Returns: The key, 1 to 256 characters; the profile's id when there is no value to make it of.
    func text(of state: ProfileState, view: AttributeView, messageID: MessageID) -> String {
        let value: String? =
            switch self {
            case .profile: nil
            case .random: messageID.text
            case .namespace(let symbol):
                state.identities.first { $0.identity.namespace.asciiLowercased == symbol }?.identity.value
            case .attribute(let path): view.leaf(at: path).flatMap { view.text(of: $0) }
            }
        guard let value, !value.isEmpty else { return state.id.uuid.description }
        return value.utf16.count > Self.charactersMax ? Self.hash(value) : value
    }

    /// The FNV-1a hash of a long value, 16 digits: equal values still have equal keys.
    private static func hash(_ value: String) -> String {
        var hash = FNV1a()
        hash.combine(value.utf8)
        let digits = String(hash.hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

extension AttributeView {
    /// A single value as text; nil for an array or an object.
    fileprivate func text(of leaf: AttributeLeaf) -> String? {
        guard leaf.kind != .array, leaf.kind != .object else { return nil }
        let content = bytes[Int(leaf.start)..<Int(leaf.start + leaf.length)]
        return leaf.kind == .escapedString
            ? JSONWriter.string(canonical: content) : String(decoding: content, as: UTF8.self)
    }
}
