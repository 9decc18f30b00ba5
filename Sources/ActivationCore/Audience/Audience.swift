/// A rule that decides which profiles belong together; `segment definition` in Adobe's API.
public struct Audience: Sendable {
    /// Sixteen bytes, printed as a lower-case UUID.
    public struct ID: Hashable, Sendable {
        /// The UUID.
        public var uuid: UUIDBytes

        /// Wraps a UUID.
        public init(uuid: UUIDBytes) {
            self.uuid = uuid
        }
    }
}
