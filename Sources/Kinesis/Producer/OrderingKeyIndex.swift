/// Finds the number of an ordering key: a hash table with open addresses.
///
/// Our own because every record asks it twice, and a `Dictionary` spends most of that on a hash that is meant for keys of any length.
/// Keys are two words here; multiplying them with each other and a seed is enough to spread them, whoever chose them.
struct OrderingKeyIndex: Sendable {
    private struct Place {
        var key: OrderingKey
        var index: UInt32
    }

    /// No index: the place is free.
    private static let none = UInt32.max
    private static let free = Place(key: OrderingKey(high: 0, low: 0), index: none)

    private let seed: OrderingKey
    /// A power of two, at least twice as many as there are keys.
    private var places: [Place]
    private(set) var count = 0

    /// Creates an empty index; the seed is a secret to whoever chooses keys.
    init(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        self.seed = OrderingKey(high: random.next(), low: random.next())
        places = Array(repeating: Self.free, count: 16)
    }

    /// The index of a key, or the one to give it, which it has then.
    ///
    /// - Parameters:
    ///   - key: The key.
    ///   - newIndex: The index of a key that is not there yet.
    /// - Returns: The index, and whether the key is new.
    mutating func insert(_ key: OrderingKey, newIndex: () -> UInt32) -> (index: UInt32, isNew: Bool) {
        if 2 * count >= places.count { grow() }
        var place = home(of: key)
        while places[place].index != Self.none {
            if places[place].key == key { return (places[place].index, false) }
            place = next(place)
        }
        let index = newIndex()
        places[place] = Place(key: key, index: index)
        count += 1
        return (index, true)
    }

    /// Forgets a key that is there.
    mutating func remove(_ key: OrderingKey) {
        var hole = home(of: key)
        while places[hole].key != key || places[hole].index == Self.none {
            precondition(places[hole].index != Self.none, "a key that is not there was removed")
            hole = next(hole)
        }
        // What follows moves up, but not before its own home.
        var place = next(hole)
        while places[place].index != Self.none {
            let distance = (place - home(of: places[place].key)) & (places.count - 1)
            if distance >= (place - hole) & (places.count - 1) {
                places[hole] = places[place]
                hole = place
            }
            place = next(place)
        }
        places[hole] = Self.free
        count -= 1
    }

    private func home(of key: OrderingKey) -> Int {
        let product = (key.high ^ seed.high).multipliedFullWidth(by: key.low ^ seed.low)
        let mixed = (product.high ^ product.low) &* 0xD6E8_FEB8_6659_FD93
        return Int(truncatingIfNeeded: mixed >> 32) & (places.count - 1)
    }

    private func next(_ place: Int) -> Int { (place + 1) & (places.count - 1) }

    private mutating func grow() {
        let before = places
        places = Array(repeating: Self.free, count: 2 * before.count)
        for entry in before where entry.index != Self.none {
            var place = home(of: entry.key)
            while places[place].index != Self.none { place = next(place) }
            places[place] = entry
        }
    }
}
