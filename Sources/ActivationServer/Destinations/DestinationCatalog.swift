import ActivationCore

/// The kinds of destinations that a server offers.
public struct DestinationCatalog: Sendable {
    /// The kinds, in the order in which they are listed.
    public let kinds: [any DestinationKind]

    /// Creates a catalog.
    ///
    /// - Parameter kinds: Kinds with specs of different ids.
    public init(_ kinds: [any DestinationKind]) {
        self.kinds = kinds
    }

    /// The kind with a connection spec, or nil.
    subscript(spec: String) -> (any DestinationKind)? {
        kinds.first { $0.spec.id.hasSameBytes(as: spec) }
    }

    /// The kind to which a connection's body belongs, or nil for connections that are no destination.
    subscript(of body: JSONObject) -> (any DestinationKind)? {
        body["connectionSpec"]?["id"]?.string.flatMap { self[$0] }
    }

    /// The ids of the kinds' specs.
    var specs: [String] { kinds.map(\.spec.id) }

    /// The fields of accounts that nobody may read, of all kinds: a name that is a secret anywhere is one everywhere.
    var secretKeys: [String] { kinds.flatMap(\.spec.secretKeys) }
}
