import ActivationCore

/// A dataflow of the model.
struct ReferenceFlow {
    struct Mapping {
        var audience: Audience.ID
        var createdAt: Int64
        var updatedAt: Int64
    }

    var id: Dataflow.ID
    var isEnabled = true
    var mappings: [Mapping]
    /// Mapped paths, written with dots.
    var attributes: [String]
    var showsNames = false
    var showsTimestamps = false
    /// Whether a deleted person gets a last record.
    var emitsDeletes = false

    /// The mapped attributes that have a value, nested at their paths, members in the order of mapping (BEHAVIOUR 3.3).
    func attributes(of view: ReferenceView) -> [[UInt8]] {
        members(attributes.map { ReferencePath($0).keys.map { [UInt8]($0) } }, below: .root, of: view)
    }

    private func members(_ mapped: [[[UInt8]]], below path: ReferencePath, of view: ReferenceView) -> [[UInt8]] {
        var keys: [[UInt8]] = []
        for rest in mapped where !keys.contains(rest[0]) { keys.append(rest[0]) }
        return keys.compactMap { key in
            let child = path.appending(key)
            let rests = mapped.filter { $0[0] == key }.map { Array($0.dropFirst()) }
            if rests.contains([]) { return view.json(at: child).map { ReferenceJSON.member(key, $0) } }
            let inner = members(rests, below: child, of: view)
            return inner.isEmpty ? nil : ReferenceJSON.member(key, ReferenceJSON.object(inner))
        }
    }
}

/// A record that must reach a dataflow's stream.
struct ReferenceRow {
    /// The person who made it; the partition key stays this one's.
    var maker: Int
    /// The person whose it is now.
    var person: Int
    var policy: MergePolicy.ID
    var revision: Int
    var lane = OutboxLane.live
    var reasons: TriggerReasons
    var payload: [UInt8]
    var admittedAt: Int64
}
