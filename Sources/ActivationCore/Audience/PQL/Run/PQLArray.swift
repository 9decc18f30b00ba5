/// An array of values, from an expression or, decoded item by item, from JSON.
public struct PQLArray: Sendable, Sequence {
    fileprivate enum Storage {
        case values([PQLValue])
        case json(JSONView)
    }

    private let storage: Storage

    /// Creates an array of values.
    public init(_ values: [PQLValue]) {
        storage = .values(values)
    }

    /// Wraps a JSON array.
    init(json view: JSONView) {
        storage = .json(view)
    }

    /// Number of items, nulls included.
    public var count: Int {
        switch storage {
        case .values(let values): values.count
        case .json(let view): Int(view.document.nodes[view.index].count)
        }
    }

    /// Walks over the items in order.
    public struct Iterator: IteratorProtocol {
        fileprivate let storage: Storage
        fileprivate var position: Int
        fileprivate let end: Int

        /// The next item.
        public mutating func next() -> PQLValue? {
            guard position < end else { return nil }
            switch storage {
            case .values(let values):
                defer { position += 1 }
                return values[position]
            case .json(let view):
                let item = JSONView(document: view.document, index: position)
                position = Int(view.document.nodes[position].next)
                return PQLValue(item)
            }
        }
    }

    /// An iterator at the first item.
    public func makeIterator() -> Iterator {
        switch storage {
        case .values(let values):
            Iterator(storage: storage, position: 0, end: values.count)
        case .json(let view):
            Iterator(storage: storage, position: view.index + 1, end: Int(view.document.nodes[view.index].next))
        }
    }

    /// The items, all decoded.
    public var values: [PQLValue] {
        switch storage {
        case .values(let values): values
        case .json: map(\.self)
        }
    }

    func write(to bytes: inout [UInt8]) {
        switch storage {
        case .values(let values):
            bytes.append(UInt8(ascii: "["))
            for (index, value) in values.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                value.write(to: &bytes)
            }
            bytes.append(UInt8(ascii: "]"))
        case .json(let view):
            bytes.append(contentsOf: view.document.text[view.document.nodes[view.index].range])
        }
    }
}
