/// One change of the configuration.
public enum ControlChange: Sendable {
    /// A new object; `conflict` when kind and id exist.
    case insert(ControlObject)
    /// A new version; `conflict` when the stored etag is not `expectedEtag`.
    case update(ControlObject, expectedEtag: String)
    /// Goes away; `conflict` when the stored etag is not `expectedEtag`.
    case delete(kind: String, id: String, expectedEtag: String)
}
