import ActivationCore

/// What a client should look at although its request is accepted, as it stands in `warnings`.
enum Warning {
    /// An attribute path, dotted, that no profile has had (RULINGS 23).
    static func pathUnknown(_ path: String) -> JSONValue {
        [
            "code": "PATH_UNKNOWN",
            "message": .string("no profile has had a value at \(path) yet; check its spelling and case"),
            "path": .string(path),
        ]
    }
}
