import ActivationCore

/// When a fact was written: the later one of two is the one with the later instant, at equal instants the one admitted
/// later (BEHAVIOUR 4.6).
struct ReferenceStamp: Comparable {
    var instant: Int64
    var sequence: Int

    static func < (left: ReferenceStamp, right: ReferenceStamp) -> Bool {
        (left.instant, left.sequence) < (right.instant, right.sequence)
    }
}

/// A value that a message stated: a scalar, a whole array, a null or an empty object.
struct ReferenceFact: Equatable {
    var stamp: ReferenceStamp
    /// Its canonical JSON text.
    var text: [UInt8]

    var isNull: Bool { text.elementsEqual("null".utf8) }
    var isObject: Bool { text.elementsEqual("{}".utf8) }
}

/// Who stated something about a person: a dataset, on behalf of an identity.
struct ReferenceSource: Hashable {
    var dataset: String
    var identity: Identity
}

/// What has been said about a person's attributes, by whom (BEHAVIOUR 4.6).
///
/// The latest write wins, so of all facts of one path only two matter for good: the latest, and the latest that is no
/// object, as that one took away everything older below it. Both are maxima, so the order of arrival cannot matter.
struct ReferenceAttributes: Equatable {
    struct Place: Equatable {
        var latest: ReferenceFact
        /// When something that is no object was last said.
        var takesAwayUntil: ReferenceStamp?
    }

    private var statements: [ReferenceSource: [ReferencePath: Place]] = [:]

    /// Takes in a fact.
    mutating func enter(_ fact: ReferenceFact, at path: ReferencePath, by source: ReferenceSource) {
        let place = Place(latest: fact, takesAwayUntil: fact.isObject ? nil : fact.stamp)
        Self.enter(place, at: path, into: &statements[source, default: [:]])
    }

    /// For people.
    var lines: [String] {
        statements.flatMap { source, places in
            places.map { path, place in
                let keys = path.keys.map { String(decoding: $0, as: UTF8.self) }.joined(separator: ".")
                return "\(source.dataset) for \(source.identity.value) at \(place.latest.stamp.instant): \(keys) is "
                    + String(decoding: place.latest.text, as: UTF8.self)
            }
        }.sorted()
    }

    /// Takes in everything said about another person who turned out to be this one.
    mutating func enter(_ other: ReferenceAttributes) {
        for (source, places) in other.statements { enter(places, by: source) }
    }

    /// What was said on behalf of some identities (BEHAVIOUR 3.12).
    func stated(by identities: Set<Identity>) -> ReferenceAttributes {
        var stated = ReferenceAttributes()
        stated.statements = statements.filter { identities.contains($0.key.identity) }
        return stated
    }

    /// Whether a dataset has said anything.
    func isStated(by dataset: String) -> Bool { statements.keys.contains { $0.dataset == dataset } }

    /// Without what a dataset has said (BEHAVIOUR 6.2).
    func without(_ dataset: String) -> ReferenceAttributes {
        var stated = ReferenceAttributes()
        stated.statements = statements.filter { $0.key.dataset != dataset }
        return stated
    }

    /// What an identity that leaves had stated stays, as another's (BEHAVIOUR 3.12, 4.3).
    mutating func hand(from identity: Identity, to heir: Identity) {
        for (source, places) in statements where source.identity == identity {
            statements[source] = nil
            enter(places, by: ReferenceSource(dataset: source.dataset, identity: heir))
        }
    }

    private mutating func enter(_ places: [ReferencePath: Place], by source: ReferenceSource) {
        for (path, place) in places { Self.enter(place, at: path, into: &statements[source, default: [:]]) }
    }

    private static func enter(_ place: Place, at path: ReferencePath, into places: inout [ReferencePath: Place]) {
        guard var known = places[path] else {
            places[path] = place
            return
        }
        if place.latest.stamp > known.latest.stamp { known.latest = place.latest }
        if let stamp = place.takesAwayUntil, known.takesAwayUntil.map({ $0 < stamp }) ?? true {
            known.takesAwayUntil = stamp
        }
        places[path] = known
    }

    /// What a merge policy shows: the latest of all datasets, or what the datasets of an order show, laid over each other
    /// (BEHAVIOUR 4.4).
    func view(_ order: [String]?) -> ReferenceView {
        guard let order else { return latest(of: { _ in true }) }
        var leaves: [ReferencePath: [UInt8]] = [:]
        for dataset in order {
            let above = leaves
            for (path, text) in latest(of: { $0 == dataset }).leaves
            where above[path] == nil && !Self.isHidden(path, by: above) {
                leaves[path] = text
            }
        }
        let all = leaves
        leaves = leaves.filter { path, text in
            !text.elementsEqual("{}".utf8) || !all.keys.contains { $0 != path && path.covers($0) }
        }
        return ReferenceView(leaves: leaves)
    }

    /// Whether an earlier dataset has a value above a path, or something below it.
    private static func isHidden(_ path: ReferencePath, by above: [ReferencePath: [UInt8]]) -> Bool {
        above.contains { other, text in
            other.covers(path) && !text.elementsEqual("{}".utf8) || path.covers(other)
        }
    }

    /// The leaves that some datasets make: path to canonical JSON text.
    ///
    /// A fact lives when nothing that is no object was said later above it. A living value gives way to living facts
    /// below it, which are newer; an empty object gives way to what shows below it. Nulls are left out last.
    private func latest(of isMerged: (String) -> Bool) -> ReferenceView {
        var places: [ReferencePath: Place] = [:]
        for (source, stated) in statements where isMerged(source.dataset) {
            for (path, place) in stated { Self.enter(place, at: path, into: &places) }
        }
        var living: Set<ReferencePath> = []
        for (path, place) in places {
            let isTakenAway = path.ancestors.contains { above in
                places[above]?.takesAwayUntil.map { $0 > place.latest.stamp } ?? false
            }
            if !isTakenAway { living.insert(path) }
        }
        var hasLivingBelow: Set<ReferencePath> = []
        for path in living { hasLivingBelow.formUnion(path.ancestors) }
        var leaves: [ReferencePath: [UInt8]] = [:]
        var hasShownBelow: Set<ReferencePath> = []
        func show(_ fact: ReferenceFact, at path: ReferencePath) {
            leaves[path] = fact.text
            hasShownBelow.formUnion(path.ancestors)
        }
        var objects: [ReferencePath] = []
        for path in living {
            guard let fact = places[path]?.latest, !fact.isNull else { continue }
            if fact.isObject {
                objects.append(path)
            } else if !hasLivingBelow.contains(path) {
                show(fact, at: path)
            }
        }
        // The longest paths first, so that what stands below has been decided.
        for path in objects.sorted(by: { $0.bytes.count > $1.bytes.count }) {
            if let fact = places[path]?.latest, !hasShownBelow.contains(path) { show(fact, at: path) }
        }
        return ReferenceView(leaves: leaves)
    }
}

/// The attributes as they show.
struct ReferenceView: Equatable {
    var leaves: [ReferencePath: [UInt8]] = [:]

    /// The text of a leaf.
    func text(_ dotted: String) -> String? {
        leaves[ReferencePath(dotted)].map { String(decoding: $0, as: UTF8.self) }
    }

    /// A leaf that is a number.
    func number(_ dotted: String) -> Double? {
        text(dotted).flatMap { Double($0) }
    }

    /// A leaf that is an instant.
    func instant(_ dotted: String) -> Int64? {
        text(dotted).flatMap { Timestamp(rfc3339: String($0.dropFirst().dropLast()))?.milliseconds }
    }

    /// Whether there is a leaf at the path or below it.
    func hasValue(_ dotted: String) -> Bool {
        let path = ReferencePath(dotted)
        return leaves.keys.contains { path.covers($0) }
    }

    /// The value at a path as JSON: a leaf as it is, what stands below as an object with sorted keys; nil = nothing.
    func json(at path: ReferencePath) -> [UInt8]? {
        if let leaf = leaves[path] { return leaf }
        let below = leaves.keys.filter { path.covers($0) }
        return below.isEmpty ? nil : json(of: below.map { ($0, $0.keys) }, depth: path.keys.count)
    }

    /// The object that these leaves make at a depth.
    private func json(of below: [(path: ReferencePath, keys: [ArraySlice<UInt8>])], depth: Int) -> [UInt8] {
        let members = Dictionary(grouping: below) { [UInt8]($0.keys[depth]) }
        return ReferenceJSON.object(
            members.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { key, below in
                let leaf = below.first { $0.keys.count == depth + 1 }.flatMap { leaves[$0.path] }
                return ReferenceJSON.member(key, leaf ?? json(of: below, depth: depth + 1))
            }
        )
    }
}
