import ActivationCore

extension JSONValue {
    /// The value after a merge patch (RFC 7396): members of objects are merged, null takes a member away.
    func merging(_ patch: JSONValue) -> JSONValue {
        guard let changes = patch.object else { return patch }
        var object = self.object ?? [:]
        for (key, change) in changes {
            if change.isNull {
                object.removeValue(forKey: key)
            } else {
                object[key] = (object[key] ?? .null).merging(change)
            }
        }
        return .object(object)
    }
}
