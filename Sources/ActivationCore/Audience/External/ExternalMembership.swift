/// That one identity of a profile belongs to an external audience, as somebody stated.
///
/// It is a fact of the identity: whoever has the identity is the member, and it goes when the identity leaves its profile.
struct ExternalMembership: Sendable, Hashable {
    /// The audience.
    var audience: Audience.ID
    /// Index of the identity, in ``ProfileState/identities``.
    var source: UInt16
    /// The number of the upload that it came with; later ones leave it behind (``ExternalAudience/edition``).
    var edition: Int64
    /// When it was stated.
    var statedAt: Timestamp
    /// The admission of what stated it.
    var sequence: AdmissionSequence
    /// Until when it holds; nil = as long as the audience is there.
    var validUntil: Timestamp?
    /// What was said with it, a JSON object, or nothing.
    var payload: [UInt8] = []

    /// The stored order: by audience, then by identity; each pair once.
    func isBefore(_ other: ExternalMembership) -> Bool {
        audience == other.audience ? source < other.source : audience.uuid < other.audience.uuid
    }
}
