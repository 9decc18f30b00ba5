import ActivationCore

/// Reads the path of an attribute as clients write it: field names joined by dots.
enum AttributePath {
    /// The keys from the root.
    ///
    /// - Parameters:
    ///   - path: What the client wrote.
    ///   - pointer: Where it stands in the body.
    /// - Returns: At least one key.
    /// - Throws: `FIELD_INVALID` for what is no path, leads into an array, or to identities.
    static func keys(of path: String, at pointer: String) throws(APIError) -> [String] {
        guard !path.utf8.contains(where: { "[]*".utf8.contains($0) }) else {
            throw APIError(
                .fieldInvalid,
                "\(pointer): items of arrays cannot be exported; map a path without [ ] and *"
            )
        }
        let keys = try fieldNames(of: path, at: pointer)
        guard keys.first != "identityMap" else {
            throw APIError(.fieldInvalid, "\(pointer): identities cannot be mapped; every message carries all of them")
        }
        return keys
    }

    /// The field names that a text joins by dots.
    ///
    /// - Parameters:
    ///   - path: What the client wrote.
    ///   - pointer: Where it stands in the body.
    /// - Returns: At least one name, none of them empty.
    /// - Throws: `FIELD_INVALID`.
    static func fieldNames(of path: String, at pointer: String) throws(APIError) -> [String] {
        let keys = path.dottedKeys
        let isPath =
            keys.count < Limits.jsonDepthMax
            && keys.allSatisfy { key in
                !key.isEmpty && key.unicodeScalars.allSatisfy { $0.value > 0x20 && $0 != "/" && $0 != "$" }
            }
        guard isPath else {
            throw APIError(
                .fieldInvalid,
                "\(pointer) must be field names joined by dots, such as person.name.firstName"
            )
        }
        return keys
    }
}
