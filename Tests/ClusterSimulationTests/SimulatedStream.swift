import ActivationCore

/// What arrives at a destination, and in which order it may.
struct SimulatedStream {
    private struct Key: Hashable {
        var dataflow: Dataflow.ID
        var profile: Profile.ID
    }

    private struct Item {
        let row: Int64
        var hasLanded = false
        /// Whether it need not come any more.
        var isDropped = false
        /// Whether the database knows that it has come, so that it is sent no more.
        var isSettled = false

        var isMissing: Bool { !hasLanded && !isDropped }
    }

    private struct Chain {
        var items: [Item] = []
        /// Profiles that were absorbed, with the item before which theirs come.
        var absorbed: [(before: Int, profile: Profile.ID)] = []
        /// Who absorbed this one, with the item from which on theirs come later.
        var survivor: (profile: Profile.ID, from: Int)?
    }

    private var chains: [Key: Chain] = [:]
    private var places: [Int64: (key: Key, index: Int)] = [:]
    /// Whether records of one profile that are not known to have arrived may come again one after the other, although the last has come.
    var allowsRepeats = false
    /// Whether records of somebody who was absorbed are the survivor's own since: they may come again as those may, while those of the
    /// survivor that have come will come again behind them.
    var absorbedAreOne = false
    private(set) var delivered = 0
    private(set) var copies = 0

    /// Notes that one profile has absorbed another: everything of it comes before whatever is made of the survivor from now on.
    mutating func noteMerge(of absorbed: Profile.ID, into survivor: Profile.ID, in dataflow: Dataflow.ID) {
        let (from, to) = (Key(dataflow: dataflow, profile: absorbed), Key(dataflow: dataflow, profile: survivor))
        let count = chains[to]?.items.count ?? 0
        chains[to, default: Chain()].absorbed.append((count, absorbed))
        chains[from, default: Chain()].survivor = (survivor, count)
    }

    /// Notes a record that is to be delivered.
    mutating func note(_ row: Int64, of profile: Profile.ID, in dataflow: Dataflow.ID) {
        let key = Key(dataflow: dataflow, profile: profile)
        places[row] = (key, chains[key]?.items.count ?? 0)
        chains[key, default: Chain()].items.append(Item(row: row))
    }

    /// Everybody whom a profile has absorbed, and whoever those had.
    func absorbed(by profile: Profile.ID, in dataflow: Dataflow.ID) -> Set<Profile.ID> {
        let direct = chains[Key(dataflow: dataflow, profile: profile)]?.absorbed.map(\.profile) ?? []
        return direct.reduce(into: Set(direct)) { $0.formUnion(absorbed(by: $1, in: dataflow)) }
    }

    /// Notes that a record need not come any more.
    mutating func drop(_ row: Int64) {
        guard let place = places[row] else { return }
        chains[place.key]?.items[place.index].isDropped = true
    }

    /// Notes that the database knows of a record that it has come.
    mutating func settle(_ row: Int64) {
        guard let place = places[row] else { return }
        chains[place.key]?.items[place.index].isSettled = true
    }

    /// A record arrives.
    ///
    /// - Returns: What is wrong with that.
    mutating func land(_ row: Int64) -> String? {
        guard let (key, index) = places[row], let chain = chains[key] else {
            return "a record arrives that nobody has made"
        }
        let name =
            "record \(index + 1) of profile \(key.profile.uuid) (dataflow \(key.dataflow.uuid.low)\(chain.items[index].isDropped ? ", dropped" : ""))"
        if chain.items[index].hasLanded { copies += 1 } else { delivered += 1 }
        chains[key]?.items[index].hasLanded = true
        if chain.items[..<index].contains(where: \.isMissing) { return "\(name) arrives before an earlier one" }
        let mayRepeat = allowsRepeats && chain.items[index].hasLanded
        if !mayRepeat, chain.items[(index + 1)...].contains(where: \.hasLanded) {
            return "\(name) arrives behind a later one"
        }
        for (before, absorbed) in chain.absorbed where before <= index && !isComplete(key.dataflow, absorbed) {
            return "\(name) arrives before one of profile \(absorbed.uuid), which it has absorbed"
        }
        return lateness(name, chain, key.dataflow, repeats: mayRepeat && absorbedAreOne)
    }

    /// Whether everything of a profile, and of those that it had absorbed, has come.
    private func isComplete(_ dataflow: Dataflow.ID, _ profile: Profile.ID) -> Bool {
        guard let chain = chains[Key(dataflow: dataflow, profile: profile)] else { return true }
        return !chain.items.contains(where: \.isMissing)
            && chain.absorbed.allSatisfy { isComplete(dataflow, $0.profile) }
    }

    private func lateness(_ name: String, _ chain: Chain, _ dataflow: Dataflow.ID, repeats: Bool) -> String? {
        var next = chain.survivor
        while let (profile, from) = next, let later = chains[Key(dataflow: dataflow, profile: profile)] {
            if later.items[from...].contains(where: { $0.hasLanded && !(repeats && !$0.isSettled) }) {
                return "\(name) arrives behind one of profile \(profile.uuid), which has absorbed it"
            }
            next = later.survivor
        }
        return nil
    }

    /// What has not come and should have.
    var missing: [Int64] {
        chains.values.flatMap(\.items).filter(\.isMissing).map(\.row).sorted()
    }
}
