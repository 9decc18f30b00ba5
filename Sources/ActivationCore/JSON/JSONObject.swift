/// The members of an editable object, in order; keys are told apart byte by byte.
public struct JSONObject: Sendable, Sequence, ExpressibleByDictionaryLiteral {
    private var members: [(key: String, value: JSONValue)]
    /// Where each key stands, once there are many: how many is the client's choice, and looking at each for each would
    /// cost their square.
    private var places: [ByteKey: Int] = [:]
    /// So many keys are looked at one by one.
    private static let scannedMax = 16

    /// Creates an object without members.
    public init() {
        members = []
    }

    /// Creates an object; of a key that is repeated the last value stays, in the place of the first.
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        members = []
        for (key, value) in elements { self[key] = value }
    }

    /// Creates an object of members whose keys are known to differ.
    init(distinct members: [(key: String, value: JSONValue)]) {
        self.members = members
        if members.count > JSONObject.scannedMax { indexMembers() }
    }

    /// The value of a member; setting appends or replaces it, setting nil removes it.
    public subscript(key: String) -> JSONValue? {
        get { index(of: key).map { members[$0].value } }
        set {
            switch (index(of: key), newValue) {
            case (let index?, let value?): members[index].value = value
            case (let index?, nil): remove(at: index)
            case (nil, let value?): append(key, value)
            case (nil, nil): break
            }
        }
    }

    /// The keys in order.
    public var keys: [String] { members.map(\.key) }

    /// How many members there are.
    public var count: Int { members.count }

    /// Whether there are no members.
    public var isEmpty: Bool { members.isEmpty }

    /// Removes a member and gives its value, or nil when there is none.
    @discardableResult
    public mutating func removeValue(forKey key: String) -> JSONValue? {
        index(of: key).map { remove(at: $0) }
    }

    /// Goes through the members in order.
    public func makeIterator() -> IndexingIterator<[(key: String, value: JSONValue)]> {
        members.makeIterator()
    }

    private func index(of key: String) -> Int? {
        places.isEmpty ? members.firstIndex { $0.key.hasSameBytes(as: key) } : places[ByteKey(key)]
    }

    private mutating func append(_ key: String, _ value: JSONValue) {
        members.append((key, value))
        if !places.isEmpty {
            places[ByteKey(key)] = members.count - 1
        } else if members.count > JSONObject.scannedMax {
            indexMembers()
        }
    }

    @discardableResult
    private mutating func remove(at index: Int) -> JSONValue {
        let member = members.remove(at: index)
        if !places.isEmpty {
            places[ByteKey(member.key)] = nil
            places = places.mapValues { $0 > index ? $0 - 1 : $0 }
        }
        return member.value
    }

    private mutating func indexMembers() {
        places = Dictionary(uniqueKeysWithValues: members.indices.map { (ByteKey(members[$0].key), $0) })
    }
}

extension JSONObject: Equatable {
    /// Equality whatever the order of the members.
    public static func == (left: JSONObject, right: JSONObject) -> Bool {
        guard left.count == right.count else { return false }
        return zip(left.sorted, right.sorted).allSatisfy { left, right in
            left.key.hasSameBytes(as: right.key) && left.value == right.value
        }
    }

    private var sorted: [(key: String, value: JSONValue)] {
        members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    }
}
