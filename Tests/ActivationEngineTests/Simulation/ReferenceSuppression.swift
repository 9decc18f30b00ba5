import ActivationCore

/// Of whom an identity was that may not come again (BEHAVIOUR 3.11).
struct ReferenceSuppression: Equatable {
    var person: Int
    /// When the person was deleted.
    var instant: Int64
}

extension ReferenceModel {
    /// Lets no identity that a person has come again; those that left before are not the person's any more.
    mutating func suppress(_ person: ReferencePerson) {
        for identity in person.identities {
            suppressed[identity] = ReferenceSuppression(person: person.number, instant: now)
        }
    }

    /// Lets one identity come again, and no other one of the same person.
    mutating func readmit(_ identity: Identity) -> ReferenceCommand.Outcome {
        suppressed.removeValue(forKey: identity) == nil ? .unknown : .readmitted
    }

    /// Whether a message names somebody who may not come again, first or not, even if it would be about others alone.
    ///
    /// What its value alone leaves out, as one that means nobody, is not named (BEHAVIOUR 4.3).
    func isSuppressed(_ content: ReferenceContent) -> Bool {
        content.identities.contains { suppressed[$0] != nil }
    }
}
