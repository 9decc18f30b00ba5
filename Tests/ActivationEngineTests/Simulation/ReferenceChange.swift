import ActivationCore

/// What one input did to a person; what the triggers are found from (BEHAVIOUR 3.2).
struct ReferenceChange {
    /// Audiences whose status changed, with the standing before.
    var statusChanges: [Audience.ID: ReferenceMembership?] = [:]
    var hasIdentityChange = false
    /// The leaves that a message named.
    var written: [ReferencePath] = []
    /// The dataset of the message.
    var dataset: String?
    /// Whether the dataset ended, so that what it had stated went.
    var endsDataset = false
    /// The person before the input, of those who became one the survivor; nil = there was nobody.
    var before: ReferencePerson?
    /// Orders in which those who were absorbed were still to have turns, while the turn of the person is over, with the
    /// identities of those.
    var overdue: [ReferenceOverdueTurn] = []
    /// Those who are part of the person now, as they stood before the input; none of a new one.
    var parts: [ReferencePerson] = []
    /// Whom a new person was a part of before.
    var splitFrom: ReferencePerson?
    /// Dataflows that may not tell of the person any more, or may again.
    var consents: Set<Dataflow.ID> = []
    /// What it did to identities by themselves.
    var singles = ReferenceSingleChanges()
}
