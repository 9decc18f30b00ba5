#if PostgreSQL
import ActivationCore

/// A parameter of a statement, in the form in which the server takes it (PostgreSQL's binary format, 15.x `*_recv`).
enum PostgresValue: Sendable {
    case null
    case bool(Bool)
    case int2(Int16)
    case int4(Int32)
    case int8(Int64)
    case uuid(UUIDBytes)
    case bytes([UInt8])
    case bools([Bool])
    case int2s([Int16])
    case int4s([Int32])
    case int8s([Int64])
    case int8sOrNull([Int64?])
    case uuids([UUIDBytes])
    case byteses([[UInt8]])
    case bytesesOrNull([[UInt8]?])

    /// A text, which is stored byte for byte.
    static func text(_ text: String) -> PostgresValue { .bytes(Array(text.utf8)) }

    /// Texts, which are stored byte for byte.
    static func texts(_ texts: some Sequence<String>) -> PostgresValue { .byteses(texts.map { Array($0.utf8) }) }

    /// A number, or nothing.
    static func int8OrNull(_ number: Int64?) -> PostgresValue { number.map { .int8($0) } ?? .null }
}

/// Parameters of one statement one after the other in one buffer, as libpq wants them.
struct PostgresParameters {
    /// Where a parameter stands; nil = it is nothing.
    private(set) var places: [Range<Int>?] = []
    private(set) var bytes: [UInt8] = []

    /// The types that elements of arrays have (`pg_type.oid`, the same in every server).
    private enum ElementType: Int32 {
        case bool = 16
        case bytes = 17
        case int8 = 20
        case int2 = 21
        case int4 = 23
        case uuid = 2950
    }

    init(_ values: [PostgresValue]) {
        places.reserveCapacity(values.count)
        for value in values { add(value) }
    }

    private mutating func add(_ value: PostgresValue) {
        if case .null = value { return places.append(nil) }
        let start = bytes.count
        encode(value)
        places.append(start..<bytes.count)
    }

    private mutating func encode(_ value: PostgresValue) {
        switch value {
        case .null: break
        case .bool(let value): bytes.append(value ? 1 : 0)
        case .int2(let value): append(value)
        case .int4(let value): append(value)
        case .int8(let value): append(value)
        case .uuid(let value): append(value)
        case .bytes(let value): bytes += value
        case .bools(let values):
            array(of: .bool, values, each: 1) { $0.bytes.append($1 ? 1 : 0) }
        case .int2s(let values): array(of: .int2, values, each: 2) { $0.append($1) }
        case .int4s(let values): array(of: .int4, values, each: 4) { $0.append($1) }
        case .int8s(let values): array(of: .int8, values, each: 8) { $0.append($1) }
        case .uuids(let values): array(of: .uuid, values, each: 16) { $0.append($1) }
        case .int8sOrNull(let values):
            header(of: .int8, count: values.count, hasNulls: true)
            for value in values { element(value) { $0.append($1) } }
        case .byteses(let values):
            header(of: .bytes, count: values.count)
            bytes.reserveCapacity(bytes.count + values.reduce(0) { $0 + $1.count + 4 })
            for value in values {
                append(Int32(truncatingIfNeeded: value.count))
                bytes += value
            }
        case .bytesesOrNull(let values):
            header(of: .bytes, count: values.count, hasNulls: true)
            for value in values { element(value) { $0.bytes += $1 } }
        }
    }

    /// An array of elements of one length.
    private mutating func array<Element>(
        of type: ElementType,
        _ values: [Element],
        each length: Int32,
        _ encode: (inout PostgresParameters, Element) -> Void
    ) {
        header(of: type, count: values.count)
        bytes.reserveCapacity(bytes.count + values.count * (4 + Int(length)))
        for value in values {
            append(length)
            encode(&self, value)
        }
    }

    /// Dimensions, flags, type; then of the one dimension its length and where it begins.
    private mutating func header(of type: ElementType, count: Int, hasNulls: Bool = false) {
        append(Int32(count == 0 ? 0 : 1))
        append(Int32(hasNulls ? 1 : 0))
        append(type.rawValue)
        guard count > 0 else { return }
        append(Int32(truncatingIfNeeded: count))
        append(Int32(1))
    }

    private mutating func element<Value>(_ value: Value?, _ encode: (inout PostgresParameters, Value) -> Void) {
        let start = bytes.count
        append(Int32(-1))
        guard let value else { return }
        encode(&self, value)
        let length = Int32(truncatingIfNeeded: bytes.count - start - 4)
        withUnsafeBytes(of: length.bigEndian) {
            for (index, byte) in $0.enumerated() { bytes[start + index] = byte }
        }
    }

    private mutating func append(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
    }

    private mutating func append(_ value: UUIDBytes) {
        append(value.high)
        append(value.low)
    }
}
#endif
