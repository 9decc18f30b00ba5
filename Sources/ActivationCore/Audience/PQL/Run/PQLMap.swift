/// Values by key in a stored order, from an expression or, decoded member by member, from JSON.
public struct PQLMap: Sendable {
    private enum Storage {
        case entries([(key: String, value: PQLValue)])
        case json(JSONView)
    }

    private let storage: Storage
    /// Whether this is one `mapEntry(k, v)`, which a `map` gathers.
    let isEntry: Bool

    /// Creates a map of entries, whose keys differ.
    public init(_ entries: [(key: String, value: PQLValue)]) {
        storage = .entries(entries)
        isEntry = false
    }

    init(entry key: String, _ value: PQLValue) {
        storage = .entries([(key, value)])
        isEntry = true
    }

    /// Wraps a JSON object.
    init(json view: JSONView) {
        storage = .json(view)
        isEntry = false
    }

    /// Number of entries.
    public var count: Int {
        switch storage {
        case .entries(let entries): entries.count
        case .json(let view): Int(view.document.nodes[view.index].count)
        }
    }

    /// The value at a key, compared by UTF-8 bytes; null when there is none.
    public subscript(key: String) -> PQLValue {
        switch storage {
        case .entries(let entries):
            for entry in entries where entry.key.hasSameBytes(as: key) { return entry.value }
            return .null
        case .json(let view):
            return view[key].map(PQLValue.init) ?? .null
        }
    }

    /// The entries in order, all decoded.
    public var entries: [(key: String, value: PQLValue)] {
        switch storage {
        case .entries(let entries): return entries
        case .json(let view):
            return view.members.map { ($0.key, PQLValue($0.value)) }
        }
    }

    func write(to bytes: inout [UInt8]) {
        switch storage {
        case .entries(let entries):
            bytes.append(UInt8(ascii: "{"))
            for (index, entry) in entries.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                JSONWriter.appendString(entry.key, to: &bytes)
                bytes.append(UInt8(ascii: ":"))
                entry.value.write(to: &bytes)
            }
            bytes.append(UInt8(ascii: "}"))
        case .json(let view):
            bytes.append(contentsOf: view.document.text[view.document.nodes[view.index].range])
        }
    }
}
