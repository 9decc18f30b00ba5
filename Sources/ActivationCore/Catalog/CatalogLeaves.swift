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
    private let index: EventLeafIndex
    private let placesByNumber: [UInt64: Int]

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
        var byNumber: [UInt64: Int] = [:]
        for place in entries.indices {
            guard let number = entries[place].number else { continue }
            if byNumber[number] == nil { byNumber[number] = place } else { entries[place].number = nil }
        }
        self.entries = entries
        self.places = places
        placesByNumber = byNumber
        index = EventLeafIndex(entries.map(\.leaf))
        scanners = SmallIndexSet(programs.indices.filter { programs[$0].eventReach != nil })
    }

    /// The places of the leaves that an event may matter to.
    func candidates(for event: ProfileEvent) -> [Int] {
        entries.isEmpty ? [] : index.candidates(for: event)
    }

    /// The place of the leaf whose states have a number; nil when there is none any more.
    func place(of number: UInt64) -> Int? { placesByNumber[number] }
}
