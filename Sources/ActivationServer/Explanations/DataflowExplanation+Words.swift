import ActivationCore
import ActivationEngine

extension DataflowExplanation.Outcome {
    /// What became of a change, in a sentence.
    var text: String {
        switch self {
        case .delivered: "Delivered"
        case .waiting: "Waiting to be sent"
        case .parked: "Parked: the destination refused it"
        case .disabled: "Not sent: the dataflow was disabled"
        case .notCalled: "Not sent: nothing called for a record"
        case .beforeDataflow: "Not sent: the dataflow was made later"
        case .unknown: "No record is known"
        }
    }
}

extension DataflowExplanation.Change {
    /// What happened to the person, in a few words.
    var title: String {
        let change = found.replayed.change
        let kinds = change.kinds
        var words: [String] = []
        if kinds.contains(.turn) { words.append("A record was made of what was there") }
        if kinds.contains(.merged) { words.append("Several profiles became one") }
        if kinds.contains(.created) { words.append("The profile was made") }
        if kinds.contains(.identities), !kinds.contains(.created) { words.append("Identities joined or left") }
        if kinds.contains(.ended) {
            words.append("A dataset ended, with all that it had stated")
        } else if kinds.contains(.attributes) {
            words.append("Attributes were stated")
        }
        if kinds.contains(.event) { words.append("An event came") }
        if kinds.contains(.statement) { words.append("Memberships were stated") }
        if words.isEmpty {
            words.append(change.statusCount > 0 ? "Time passed, or a rule was changed" : "The profile was named")
        }
        return words.joined(separator: ". ")
    }
}

extension ChangeReplay.Finding {
    /// What a part of a change meant, in a sentence.
    var text: String {
        switch (part, answer) {
        case (.audiences, .calls): "an audience that is mapped was entered or left"
        case (.audiences, .mayCall): "more audiences were entered or left than are noted; one may be mapped"
        case (.audiences, .triggerOff): "a mapped audience was entered or left, but the trigger membership is off"
        case (.audiences, .audienceMappedLater): "the audience that was entered or left was mapped later"
        case (.audiences, _): "no audience was entered or left that is mapped"
        case (.identities, .calls): "the identities of a member became others"
        case (.identities, .mayCall): "the identities of a member became others, perhaps some that are shown"
        case (.identities, .unchanged): "the identities that the dataflow shows stayed the same"
        case (.identities, .triggerOff): "the identities became others, but the trigger identity is off"
        case (.identities, _): "the identities became others, but the person was in no audience that is mapped"
        case (.departure, .mayCall):
            "an identity left; a last record of it is sent if it was in an audience that is mapped"
        case (.departure, _): "the identity that left was in no audience that is mapped"
        case (.attributes, .calls): "an attribute that is mapped was stated of a member"
        case (.attributes, .mayCall):
            "an attribute that is mapped was stated of a member; its value may have become another"
        case (.attributes, .unchanged): "attributes that are mapped were stated, and their values stayed the same"
        case (.attributes, .attributeNotMapped): "no attribute was stated that is mapped"
        case (.attributes, .attributeNeverCalls):
            "the attributes are mapped, but a write to them never calls for a record"
        case (.attributes, .datasetNotUsed): "the merge policy does not use the dataset of the attributes"
        case (.attributes, .triggerOff): "an attribute that is mapped was stated, but the trigger attribute is off"
        case (.attributes, _):
            "an attribute that is mapped was stated, but the person was in no audience that is mapped"
        case (.consent, .mayCall):
            "consent was given, withdrawn or lapsed: who is in an audience that is mapped, or was lately, is told of"
        case (.consent, _): "consent was given, withdrawn or lapsed, and the person was in no audience that is mapped"
        case (.event, _): "nobody entered or left an audience by the event"
        case (.statement, _): "nobody entered or left an audience by what was stated"
        case (.profile, .profileExcluded): "the person has more identities or events than are evaluated"
        case (.profile, .withheld): "the person has not consented to what the dataflow is for"
        case (.profile, .turn): "a backfill asked for a record, or one made up for a time when a dataflow was disabled"
        case (.profile, _): "nothing became another that a dataflow asks for"
        }
    }
}
