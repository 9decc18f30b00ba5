/// One raw fact of a profile: what a dataset said about a path, on behalf of which identity, and when.
///
/// Facts are never merged away, so a merge policy is a function over them and another policy needs no migration. Of one
/// dataset and identity a path has at most two: the latest empty object and the latest of anything else. They stay side
/// by side, since the second goes on deciding what below the path is too old, whichever came later (BEHAVIOUR 4.6).
struct AttributeEntry: Sendable {
    var path: PathID
    /// The dataset's number.
    var dataset: UInt16
    /// Index of the identity that stated it, in ``ProfileState/identities``.
    var source: UInt16
    /// When it was written (BEHAVIOUR 4.6).
    var writtenAt: Timestamp
    /// The admission of the message that wrote it; decides between equal instants (BEHAVIOUR 4.6).
    var sequence: AdmissionSequence
    var kind: JSONKind
    /// First byte in ``ProfileState/bytes``.
    var start: UInt32
    var length: UInt32

    /// When it was written, and which came later of what was written at one instant.
    var stamp: Stamp { Stamp(writtenAt: writtenAt, sequence: sequence) }

    /// Whether two entries are the same dataset's and identity's statement about one path.
    func isSameStatement(as other: AttributeEntry) -> Bool {
        path == other.path && dataset == other.dataset && source == other.source
            && (kind == .object) == (other.kind == .object)
    }

    /// The stored order: by path, then dataset, then source, an empty object last.
    func isBefore(_ other: AttributeEntry) -> Bool {
        if path != other.path { return path < other.path }
        if dataset != other.dataset { return dataset < other.dataset }
        if source != other.source { return source < other.source }
        return kind != .object && other.kind == .object
    }

    /// Whether this is the later write of the two.
    ///
    /// Facts from before there were admission numbers may be equal in both; the dataset and the identity decide then.
    func isNewer(than other: AttributeEntry) -> Bool {
        if stamp != other.stamp { return stamp > other.stamp }
        return (dataset, source) > (other.dataset, other.source)
    }

    /// When a fact was written: the order in which facts of different places decide.
    struct Stamp: Hashable, Comparable, Sendable {
        var writtenAt: Timestamp
        var sequence: AdmissionSequence

        static func < (left: Stamp, right: Stamp) -> Bool {
            left.writtenAt == right.writtenAt ? left.sequence < right.sequence : left.writtenAt < right.writtenAt
        }
    }
}
