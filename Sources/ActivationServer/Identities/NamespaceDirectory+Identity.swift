import ActivationCore

extension NamespaceDirectory {
    /// Reads an identity of a body.
    ///
    /// - Parameters:
    ///   - json: `{"namespace", "value"}`.
    ///   - place: Where it stands, for the error.
    /// - Returns: The identity, with the namespace's canonical symbol.
    /// - Throws: `FIELD_INVALID` when it is none.
    func identity(_ json: JSONValue, _ place: String) throws(APIError) -> Identity {
        try identity(namespace: json["namespace"]?.string, value: json["value"]?.string, place)
    }

    /// Reads an identity; see ``identity(_:_:)``.
    func identity(namespace: String?, value: String?, _ place: String) throws(APIError) -> Identity {
        guard let namespace, let value, !value.isEmpty else {
            throw APIError(.fieldInvalid, "\(place): an identity has a namespace, by its symbol, and a value")
        }
        guard let known = self.namespace(symbol: namespace) else {
            throw APIError(
                .fieldInvalid,
                "\(place): namespace names no namespace; /data/core/idnamespace/identities lists them"
            )
        }
        return Identity(namespace: known.symbol, value: value)
    }
}
