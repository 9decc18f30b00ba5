import ActivationCore

/// What somebody asks for who has a person's identities in hand (BEHAVIOUR 3.11, 3.12).
enum ReferenceCommand {
    case unlink(Identity, Identity)
    case removal(Identity)
    /// A rule says what happens when an identity of the person comes again; nil = the setting of the model.
    case deletion(Identity, onReturn: DecisionOptions.ReturnRule?)
    case readmission(Identity)

    /// As the engine is told.
    var cause: Input.Cause {
        switch self {
        case .unlink(let one, let other): .unlink(one, other)
        case .removal(let identity): .removal(identity)
        case .deletion(let identity, let onReturn): .deletion(identity, onReturn: onReturn)
        case .readmission(let identity): .readmission(identity)
        }
    }

    var identities: [Identity] {
        switch self {
        case .unlink(let one, let other): [one, other]
        case .removal(let identity), .deletion(let identity, _), .readmission(let identity): [identity]
        }
    }

    /// What became of a command.
    enum Outcome: Equatable {
        /// A person after the change; of a deleted one with the identities that were theirs.
        struct Part: Equatable {
            var revision: Int
            var identities: [Identity]

            init(_ person: ReferencePerson) {
                revision = person.revision
                identities = person.identities
            }

            init(_ part: IdentityChange.Part) {
                revision = Int(part.revision)
                identities = part.identities
            }
        }

        case unknown
        case notLinked
        case unlinked(Part)
        case split(rest: Part, part: Part)
        case removed(Part)
        case deleted(Part)
        case readmitted

        init(_ change: IdentityChange) {
            self =
                switch change {
                case .unknown: .unknown
                case .notLinked: .notLinked
                case .unlinked(let part): .unlinked(Part(part))
                case .split(let rest, let part): .split(rest: Part(rest), part: Part(part))
                case .removed(let part): .removed(Part(part))
                case .deleted(let part): .deleted(Part(part))
                case .readmitted: .readmitted
                }
        }

        /// For counting.
        var name: String {
            switch self {
            case .unknown: "unknown"
            case .notLinked: "not linked"
            case .unlinked: "unlinked"
            case .split: "split"
            case .removed: "removed"
            case .deleted: "deleted"
            case .readmitted: "readmitted"
            }
        }
    }
}

extension ReferenceModel {
    /// Does what a command asks for, at the clock's instant.
    mutating func perform(_ command: ReferenceCommand, clock: Int64) -> ReferenceCommand.Outcome {
        now = max(now, clock)
        return switch command {
        case .unlink(let one, let other): unlink(one, from: other)
        case .removal(let identity): remove(identity)
        case .deletion(let identity, let onReturn): delete(identity, onReturn: onReturn)
        case .readmission(let identity): readmit(identity)
        }
    }
}
