/// An audience whose members are named by others, and which of their statements count (BEHAVIOUR 5.7).
public struct ExternalAudience: Hashable, Sendable {
    /// The namespace that it stands under in `segmentMembership`.
    public var namespace: String
    /// What others call it.
    public var externalID: String
    /// The number of the upload whose members are the audience's; statements of earlier ones count no more.
    public var edition: Int64
    /// The number of the upload that began last; until it has ended, ``edition`` is that of the one before.
    public var lastEdition: Int64
    /// When everybody ceases to be a member; nil = never.
    public var expiresAt: Timestamp?

    /// Creates an external audience.
    public init(
        namespace: String,
        externalID: String,
        edition: Int64 = 0,
        lastEdition: Int64? = nil,
        expiresAt: Timestamp? = nil
    ) {
        self.namespace = namespace
        self.externalID = externalID
        self.edition = edition
        self.lastEdition = max(edition, lastEdition ?? edition)
        self.expiresAt = expiresAt
    }
}

extension ExternalAudience {
    /// What names of namespaces and external ids match, for JSON Schema (BEHAVIOUR 5.7).
    public static let namespacePattern = "^[A-Za-z_$][A-Za-z0-9_$]{0,127}$"

    /// The same for people.
    public static let namespaceRule = "1 to 128 letters, digits, _ and $, not beginning with a digit"

    /// Whether a text can name the namespace of external audiences; an external id has the same form.
    public static func isNamespace(_ text: String) -> Bool {
        let bytes = text.utf8
        func isLetter(_ byte: UInt8) -> Bool {
            let letters = UInt8(ascii: "a")...UInt8(ascii: "z")
            return letters ~= byte | 0x20 || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "$")
        }
        guard let first = bytes.first, isLetter(first), bytes.count <= 128 else { return false }
        return bytes.allSatisfy { isLetter($0) || UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
    }

    /// Whether a namespace is that of audiences that are made of a rule.
    public static func isOwn(namespace: String) -> Bool { SegmentMembership.isOwn(namespace) }

    /// Whether others mean the same audience by both names: namespaces match in any case, ids byte by byte.
    public func isNamed(like other: ExternalAudience) -> Bool {
        Catalog.externalKey(namespace, externalID) == Catalog.externalKey(other.namespace, other.externalID)
    }

    /// How long somebody stays a member by a message that says no `validUntil` (BEHAVIOUR 4.1).
    static let retentionMilliseconds: Int64 = 30 * 86_400_000

    /// Whether a statement counts, now or later.
    func counts(_ statement: ExternalMembership, at now: Timestamp) -> Bool {
        statement.edition >= edition && ends(statement) > now
    }

    /// Whether somebody is a member by what was stated of them, and until when that stands with nothing new.
    ///
    /// - Parameters:
    ///   - statements: What was stated of the audience.
    ///   - now: The instant.
    /// - Returns: The outcome.
    func outcome(of statements: some Sequence<ExternalMembership>, at now: Timestamp) -> PQLOutcome {
        let end = statements.lazy.filter { counts($0, at: now) }.map(ends).max()
        return PQLOutcome(qualifies: end != nil, changesAt: end.flatMap { $0.isPlausible ? $0 : nil })
    }

    private func ends(_ statement: ExternalMembership) -> Timestamp {
        let never = Timestamp(milliseconds: .max)
        return min(statement.validUntil ?? never, expiresAt ?? never)
    }
}
