/// Names a record for good: making it again gives the same name, and no other record has it (BEHAVIOUR 3.16).
struct MessageID {
    var dataflow: Dataflow.ID
    var mergePolicy: MergePolicy.ID
    var profile: Profile.ID
    var revision: Int64
    /// Where the identity stood at that revision that the record alone shows; nil when it shows all identities.
    var place: Int?

    /// The row's key, which is what consumers see: ASCII, at most 137 characters.
    var text: String {
        let row = "\(dataflow.uuid):\(mergePolicy.uuid):\(profile.uuid):\(revision)"
        return place.map { "\(row):\($0)" } ?? row
    }
}
