import ActivationCore

/// The paths of an entity that a caller asked to see; all of them when it asked for none.
struct EntityProjection {
    private var paths: [[String]]

    /// Paths that one request may name; more is a script gone wrong.
    private static let pathsMax = 200

    /// Reads a comma list of dotted paths.
    ///
    /// - Throws: `QUERY_INVALID` when a path is empty or there are too many.
    init(_ text: String?) throws(APIError) {
        guard let text, !text.isEmpty else {
            paths = []
            return
        }
        paths = text.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
            .map { String(Substring($0)).dottedKeys }
        guard paths.count <= EntityProjection.pathsMax, paths.allSatisfy({ !$0.contains("") }) else {
            throw APIError(
                .queryInvalid,
                "fields is a comma list of at most \(EntityProjection.pathsMax) dotted paths"
            )
        }
    }

    /// What is asked for of an entity; absent paths stay absent.
    func apply(to entity: JSONValue) -> JSONValue {
        guard !paths.isEmpty else { return entity }
        var result: JSONValue = [:]
        for path in paths { EntityProjection.copy(path[...], from: entity, to: &result) }
        return result
    }

    private static func copy(_ path: ArraySlice<String>, from source: JSONValue, to target: inout JSONValue) {
        guard let key = path.first, let value = source[key] else { return }
        let rest = path.dropFirst()
        if rest.isEmpty {
            target[key] = value
        } else {
            var child = target[key] ?? [:]
            copy(rest, from: value, to: &child)
            // A path that leads nowhere leaves no empty object behind.
            if child.object?.isEmpty == false { target[key] = child }
        }
    }
}
