/// Names a record for good: making it again gives the same name, and no other record has it (BEHAVIOUR 3.16).
struct MessageID {
    var dataflow: Dataflow.ID
    var mergePolicy: MergePolicy.ID
    var profile: Profile.ID
    var revision: Int64

    /// The row's key, which is what consumers see: ASCII, at most 131 characters.
    var text: String { "\(dataflow.uuid):\(mergePolicy.uuid):\(profile.uuid):\(revision)" }
}
