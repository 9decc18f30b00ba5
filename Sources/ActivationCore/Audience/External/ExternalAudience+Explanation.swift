/// What was stated of a person and an external audience, as an explanation tells it.
public struct StatementRead: Sendable, Equatable {
    /// The namespace of the identity that it was stated of.
    public var namespace: String
    /// The upload that it came with, or that counted when it came.
    public var edition: Int64
    /// When it was stated.
    public var statedAt: Timestamp
    /// Until when it holds; nil = as long as the audience is there.
    public var validUntil: Timestamp?
    /// Whether it makes the person a member.
    public var counts: Bool
}

extension ExternalAudience {
    /// Why a person belongs to the audience, or does not: one condition, that others name the person (BEHAVIOUR 5.10).
    ///
    /// - Parameters:
    ///   - input: The person.
    ///   - audience: The audience's id.
    /// - Returns: The condition, with what was stated.
    public func explanation(of input: EvaluationInput, in audience: Audience.ID) -> PQLExplanation {
        let stated = input.externals.filter { $0.audience == audience }
        var explanation = PQLExplanation(
            kind: .condition,
            text: "others name the person",
            line: 1,
            column: 1,
            outcome: outcome(of: stated, at: input.now)
        )
        explanation.decides = true
        explanation.number = 1
        explanation.statements = stated.compactMap { membership in
            guard input.identities.indices.contains(Int(membership.source)) else { return nil }
            return StatementRead(
                namespace: input.identities[Int(membership.source)].namespace,
                edition: membership.edition,
                statedAt: membership.statedAt,
                validUntil: membership.validUntil,
                counts: counts(membership, at: input.now)
            )
        }
        return explanation
    }
}
