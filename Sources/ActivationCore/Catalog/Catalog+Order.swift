extension Catalog {
    /// Positions of the audiences in the order of evaluation.
    ///
    /// An audience stands after those it asks for by `inSegment`. One that reads `segmentMembership` may read any other,
    /// so it stands after all that do not need it: such readers come as late as they can, in the order of definition
    /// among themselves, and those that ask for one of them right after it.
    static func evaluationOrder(
        _ audiences: [AudienceDefinition],
        programs: [PQLProgram]
    ) throws(CatalogError) -> [Int] {
        let positions = Dictionary(audiences.enumerated().map { ($1.id, $0) }) { first, _ in first }
        let asked = programs.map { Set($0.audiences.compactMap { positions[$0] }) }
        var askers = [[Int]](repeating: [], count: audiences.count)
        for position in audiences.indices {
            for other in asked[position] { askers[other].append(position) }
        }
        var missing = asked.map(\.count)
        // Both sorted downwards, so that the next one is the last.
        var plain: [Int] = []
        var readers: [Int] = []
        func enter(_ position: Int) {
            if programs[position].readsMemberships {
                readers.insert(position, at: readers.sortedIndex { $0 > position })
            } else {
                plain.insert(position, at: plain.sortedIndex { $0 > position })
            }
        }
        for position in audiences.indices.reversed() where missing[position] == 0 { enter(position) }
        var order: [Int] = []
        while let next = plain.popLast() ?? readers.popLast() {
            order.append(next)
            for asker in askers[next] {
                missing[asker] -= 1
                if missing[asker] == 0 { enter(asker) }
            }
        }
        guard order.count == audiences.count else {
            let audience = audiences[Catalog.memberOfCycle(asked, missing: missing)]
            throw CatalogError(
                audience: audience.id,
                message: "audience \(audience.id.uuid) asks for itself through inSegment; remove one of the references"
            )
        }
        return order
    }

    /// One of the positions that ask for themselves: whoever goes on along unmet references ends among them.
    private static func memberOfCycle(_ asked: [Set<Int>], missing: [Int]) -> Int {
        var position = missing.firstIndex { $0 > 0 } ?? 0
        var visited = Set<Int>()
        while visited.insert(position).inserted {
            guard let next = asked[position].sorted().first(where: { missing[$0] > 0 }) else { break }
            position = next
        }
        return position
    }
}
