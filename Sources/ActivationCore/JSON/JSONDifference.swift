/// What turns one JSON value into another, part by part.
///
/// Members are told apart by their keys, items of arrays by what names them (`id`, `path` or `name`, also inside `value`,
/// or `type`), else by their content; so an item that goes does not change those behind it.
public struct JSONDifference: Sendable, Equatable {
    /// One part that differs.
    public struct Part: Sendable, Equatable {
        /// Keys and indices from the root.
        ///
        /// An index counts among the items of before, for a part that was added among those of after.
        public var place: [String]
        /// What was there; nil = nothing.
        public var before: JSONValue?
        /// What is there now; nil = nothing.
        public var after: JSONValue?

        /// Creates a part.
        public init(place: [String], before: JSONValue?, after: JSONValue?) {
            self.place = place
            self.before = before
            self.after = after
        }
    }

    /// The parts that differ, in the order of the document: first what changed is replaced, then what went is taken out from
    /// the last to the first, then what is new is put in from the first to the last.
    public private(set) var parts: [Part] = []
    private let bytesWhole: Int

    /// Items of two arrays are compared one by one up to this product of their counts; beyond it the array differs as a
    /// whole.
    private static let comparisonsMax = 250_000

    /// Finds what turns a value into another.
    ///
    /// - Parameters:
    ///   - before: The value before; nil = there was none.
    ///   - after: The value after; nil = there is none.
    ///   - bytesWhole: A value that came or went is told as one part up to this size; a larger one as an empty one and its
    ///     members or items.
    public init(from before: JSONValue?, to after: JSONValue?, bytesWhole: Int = .max) {
        self.bytesWhole = bytesWhole
        compare(before, after, [], [])
    }

    /// Whether nothing differs.
    public var isEmpty: Bool { parts.isEmpty }

    private mutating func compare(_ before: JSONValue?, _ after: JSONValue?, _ old: [String], _ new: [String]) {
        switch (before, after) {
        case (nil, nil): break
        case (nil, let after?): tell(after, at: new) { Part(place: $0, before: nil, after: $1) }
        case (let before?, nil): tell(before, at: old) { Part(place: $0, before: $1, after: nil) }
        case (.object(let before), .object(let after)): compareMembers(before, after, old, new)
        case (.array(let before), .array(let after)): compareItems(before, after, old, new)
        case (let before?, let after?):
            if before != after { parts.append(Part(place: old, before: before, after: after)) }
        }
    }

    private mutating func compareMembers(
        _ before: JSONObject,
        _ after: JSONObject,
        _ old: [String],
        _ new: [String]
    ) {
        for (key, value) in before { compare(value, after[key], old + [key], new + [key]) }
        for (key, value) in after where before[key] == nil { compare(nil, value, old + [key], new + [key]) }
    }

    private mutating func compareItems(
        _ before: [JSONValue],
        _ after: [JSONValue],
        _ old: [String],
        _ new: [String]
    ) {
        // Also where the members of an item have another order.
        guard before != after else { return }
        let names = before.map(JSONDifference.name)
        let newNames = after.map(JSONDifference.name)
        let start = zip(names, newNames).prefix { $0 == $1 }.count
        let end = zip(names.dropFirst(start).reversed(), newNames.dropFirst(start).reversed()).prefix { $0 == $1 }.count
        let middle = names[start..<(names.count - end)]
        let newMiddle = newNames[start..<(newNames.count - end)]
        guard middle.count * newMiddle.count <= JSONDifference.comparisonsMax else {
            parts.append(Part(place: old, before: .array(before), after: .array(after)))
            return
        }
        var gone = Set<Int>()
        var come = Set<Int>()
        for change in Array(newMiddle).difference(from: Array(middle)) {
            switch change {
            case .remove(let offset, _, _): gone.insert(start + offset)
            case .insert(let offset, _, _): come.insert(start + offset)
            }
        }
        var (index, newIndex) = (0, 0)
        while index < before.count || newIndex < after.count {
            if gone.contains(index) {
                compare(before[index], nil, old + [String(index)], new)
                index += 1
            } else if come.contains(newIndex) {
                compare(nil, after[newIndex], old, new + [String(newIndex)])
                newIndex += 1
            } else if index < before.count, newIndex < after.count {
                compare(before[index], after[newIndex], old + [String(index)], new + [String(newIndex)])
                index += 1
                newIndex += 1
            } else {
                break
            }
        }
    }

    /// Tells a value that came or went.
    private mutating func tell(_ value: JSONValue, at place: [String], _ part: ([String], JSONValue) -> Part) {
        let isSmall = bytesWhole == .max || value.text.utf8.count <= bytesWhole
        switch value {
        case .object(let members) where !isSmall:
            parts.append(part(place, [:]))
            for (key, value) in members { tell(value, at: place + [key], part) }
        case .array(let items) where !isSmall:
            parts.append(part(place, []))
            for (index, item) in items.enumerated() { tell(item, at: place + [String(index)], part) }
        default:
            parts.append(part(place, value))
        }
    }

    /// By what an item of an array is known.
    private static func name(of item: JSONValue) -> ByteKey {
        for holder in [item, item["value"]] {
            for key in ["id", "path", "name"] {
                if let name = holder?[key]?.string { return ByteKey("\(key) \(name)") }
            }
        }
        return ByteKey(item["type"]?.string.map { "type \($0)" } ?? item.text)
    }
}
