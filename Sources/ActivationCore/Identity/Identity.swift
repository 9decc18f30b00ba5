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

    /// Byte equality: Swift's own `==` on strings would take canonically equivalent values for one (RULINGS 22).
    public static func == (left: Identity, right: Identity) -> Bool {
        left.namespace.utf8.elementsEqual(right.namespace.utf8) && left.value.utf8.elementsEqual(right.value.utf8)
    }

    /// Hashes the bytes that `==` compares.
    public func hash(into hasher: inout Hasher) {
        for byte in namespace.utf8 { hasher.combine(byte) }
        hasher.combine(UInt8(0))
        for byte in value.utf8 { hasher.combine(byte) }
    }
}
