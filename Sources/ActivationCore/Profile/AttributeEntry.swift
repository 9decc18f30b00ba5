/// One raw fact of a profile: what a dataset said about a path, on behalf of which identity, and when.
///
/// Facts are never merged away, so a merge policy is a function over them and another policy needs no migration.
struct AttributeEntry: Sendable {
    var path: PathID
    /// The dataset's number.
    var dataset: UInt16
    /// Index of the identity that stated it, in ``ProfileState/identities``.
    var source: UInt16
    /// When it was written (RULINGS 5).
    var writtenAt: Timestamp
    /// The profile's revision at that write; decides between equal instants.
    var revision: UInt32
    var kind: JSONKind
    /// First byte in ``ProfileState/bytes``.
    var start: UInt32
    var length: UInt32

    /// Whether two entries are the same dataset's and identity's statement about one path.
    func isSameStatement(as other: AttributeEntry) -> Bool {
        path == other.path && dataset == other.dataset && source == other.source
    }

    /// The stored order: by path, then dataset, then source.
    func isBefore(_ other: AttributeEntry) -> Bool {
        (path.rawValue, dataset, source) < (other.path.rawValue, other.dataset, other.source)
    }

    /// Whether this is the later write of the two.
    func isNewer(than other: AttributeEntry) -> Bool {
        (writtenAt.milliseconds, revision, dataset, source)
            > (other.writtenAt.milliseconds, other.revision, other.dataset, other.source)
    }
}
