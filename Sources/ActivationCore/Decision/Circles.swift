/// The circles of profiles and identities that inputs connect; none of them can become one with another in the batch.
struct Circles {
    /// A disjoint-set forest: first the stored profiles, then identities that nobody has.
    private var parents: [Int]
    private let profiles: Int
    private var nodes: [Identity: Int] = [:]

    init(profiles: Int) {
        self.profiles = profiles
        parents = Array(0..<profiles)
    }

    /// Nodes of the identities that nobody has.
    var newIdentities: Range<Int> { profiles..<parents.count }

    /// Connects what an input names.
    ///
    /// - Returns: One of its nodes, and whether any of its identities has a profile; nil for a profile that is not there.
    mutating func join(_ input: Input, in batch: borrowing DecisionBatch) -> (node: Int, isOwned: Bool)? {
        if let profile = input.cause.profile { return batch.profileIndex[profile].map { ($0, true) } }
        var identities = input.cause.identities
        if case .message = input.cause { identities = batch.linkable(identities) }
        var anchor: Int?
        var isOwned = false
        for identity in identities {
            let node: Int
            if let profile = batch.identityIndex[identity]?.profile {
                node = profile
                isOwned = true
            } else {
                node = nodes[identity] ?? parents.count
                if node == parents.count {
                    nodes[identity] = node
                    parents.append(node)
                }
            }
            if let anchor { connect(anchor, node) }
            anchor = anchor ?? node
        }
        return anchor.map { ($0, isOwned) }
    }

    mutating func root(_ node: Int) -> Int {
        var node = node
        while parents[node] != node {
            // Halves the path, so that long chains stay cheap.
            parents[node] = parents[parents[node]]
            node = parents[node]
        }
        return node
    }

    private mutating func connect(_ one: Int, _ other: Int) {
        let (left, right) = (root(one), root(other))
        parents[max(left, right)] = min(left, right)
    }
}
