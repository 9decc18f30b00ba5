import ActivationCore

/// Members of an object that only the server sets, in a change by a client who sends back what it has read (docs/API.md 3).
struct ServerMembers {
    /// Their names.
    var names: Set<String>
    /// Those that never change, as they are.
    var fixed: JSONObject

    /// Refuses a change of what never changes, and one of nothing else than what the server sets.
    ///
    /// What changes by itself, such as a version or a count, may have become another since it was read.
    ///
    /// - Throws: `FIELD_INVALID`.
    func check(_ changes: JSONObject) throws(APIError) {
        for (name, value) in fixed {
            guard let given = changes[name], !given.isNull, given != value else { continue }
            throw APIError(.fieldInvalid, "/\(name) is set by the server and never changes; leave it out")
        }
        let keys = Array(changes.keys)
        guard keys.isEmpty || !keys.allSatisfy({ names.contains($0) }) else {
            throw APIError(
                .fieldInvalid,
                "only the server sets \(keys.sorted().joined(separator: ", ").excerpt(200)), and the body changes nothing else"
            )
        }
    }
}
