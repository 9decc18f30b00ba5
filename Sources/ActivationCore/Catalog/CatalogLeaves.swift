/// The leaves of all audiences' expressions, each once.
struct CatalogLeaves: Sendable {
    struct Entry: Sendable {
        var leaf: EventLeaf
        /// Names its state in stored profiles; nil when another leaf has the same number, and no state is kept.
        var number: UInt64?
        /// The audiences that read it, by index.
        var readers: SmallIndexSet
    }

    let entries: [Entry]
    /// Of every audience the places of its leaves.
    let places: [[Int]]
    /// Audiences that read events themselves, by index.
    let scanners: SmallIndexSet
    /// The leaves that have a number.
    let set: LeafSet
    /// Those of earlier catalogs, as far as they are known; by number.
    var earlier: [UInt64: LeafSet] = [:]
    private let index: EventLeafIndex

    init(_ programs: [PQLProgram]) {
        var entries: [Entry] = []
        var known: [EventLeaf: Int] = [:]
        var places: [[Int]] = []
        for (audience, program) in programs.enumerated() {
            places.append(
                program.eventLeaves.map { leaf in
                    let place = known[leaf] ?? entries.count
                    if place == entries.count {
                        known[leaf] = place
                        entries.append(Entry(leaf: leaf, number: leaf.number, readers: SmallIndexSet()))
                    }
                    entries[place].readers.insert(audience)
                    return place
                }
            )
        }
        var numbers = Set<UInt64>()
        for place in entries.indices {
            guard let number = entries[place].number else { continue }
            if !numbers.insert(number).inserted { entries[place].number = nil }
        }
        self.entries = entries
        self.places = places
        set = LeafSet(numbers)
        index = EventLeafIndex(entries.map(\.leaf))
        scanners = SmallIndexSet(programs.indices.filter { programs[$0].eventReach != nil })
    }

    /// The places of the leaves that an event may matter to.
    func candidates(for event: ProfileEvent) -> [Int] {
        entries.isEmpty ? [] : index.candidates(for: event)
    }

    /// Whether it is known which leaves a set has.
    func isKnown(_ set: UInt64) -> Bool { set == self.set.number || earlier[set] != nil }

    /// Whether profiles that keep up a set keep up a leaf of this catalog; false when the set is not known.
    func isKept(_ leaf: UInt64, by set: UInt64) -> Bool {
        set == self.set.number || earlier[set]?.contains(leaf) ?? false
    }
}
