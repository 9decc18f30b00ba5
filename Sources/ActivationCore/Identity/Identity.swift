/// Who a message is about: a namespace and a value in it.
public struct Identity: Hashable, Sendable {
    /// The canonical symbol of the namespace, such as `Email` or `ECID`.
    public var namespace: String
    /// The value, byte-exact as it came.
    public var value: String

    /// Creates an identity from a canonical namespace symbol and a value.
    public init(namespace: String, value: String) {
        self.namespace = namespace
        self.value = value
    }

    /// Byte equality: Swift's own `==` on strings would take canonically equivalent values for one (BEHAVIOUR 4.3).
    public static func == (left: Identity, right: Identity) -> Bool {
        left.namespace.hasSameBytes(as: right.namespace) && left.value.hasSameBytes(as: right.value)
    }

    /// Hashes the value alone: few identities have another one's value in another namespace.
    public func hash(into hasher: inout Hasher) {
        value.utf8.withContiguousBytes { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
}
