#if PostgreSQL
import ActivationCore
import ActivationEngine
import StorageCommon

/// Values of one column of rows that are written together.
struct CopiedColumn {
    private let kind: CopiedTable.Kind
    private var int2s: [Int16] = []
    private var int4s: [Int32] = []
    private var int8s: [Int64?] = []
    private var uuids: [UUIDBytes] = []
    private var bytes: [[UInt8]?] = []

    init(_ kind: CopiedTable.Kind) {
        self.kind = kind
    }

    /// Adds a value.
    ///
    /// - Throws: `corrupt` when the column cannot hold it.
    mutating func append(_ value: CopiedValue) throws(StorageError) {
        switch (kind, value) {
        case (.int2, .number(let number)): int2s.append(try converted(number))
        case (.int4, .number(let number)): int4s.append(try converted(number))
        case (.int8, .number(let number)), (.profileRow, .number(let number)), (.position, .number(let number)):
            int8s.append(number)
        case (.int8, .null): int8s.append(nil)
        case (.uuid, .bytes(let id)):
            guard let id = UUIDBytes(bytes: id) else { throw Self.damaged }
            uuids.append(id)
        case (.bytes, .bytes(let value)): bytes.append(value)
        case (.bytes, .null): bytes.append(nil)
        default: throw Self.damaged
        }
    }

    /// All of them as a parameter.
    var value: PostgresValue {
        switch kind {
        case .int2: .int2s(int2s)
        case .int4: .int4s(int4s)
        case .int8, .profileRow, .position: .int8sOrNull(int8s)
        case .uuid: .uuids(uuids)
        case .bytes: .bytesesOrNull(bytes)
        }
    }

    private func converted<Number: FixedWidthInteger>(_ number: Int64) throws(StorageError) -> Number {
        guard let number = Number(exactly: number) else { throw Self.damaged }
        return number
    }

    private static let damaged = StorageError(
        .corrupt,
        "a stored value is not of the kind of its column; look at the directory with headwater doctor"
    )
}

extension UUIDBytes {
    /// An id of its sixteen bytes; nil when there are not so many.
    init?(bytes: [UInt8]) {
        guard bytes.count == 16 else { return nil }
        self.init(
            high: bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) },
            low: bytes.suffix(8).reduce(0) { $0 << 8 | UInt64($1) }
        )
    }
}

extension PostgresRows {
    /// A value as it was before it was copied.
    func copied(_ row: Int, _ column: Int32, _ kind: CopiedTable.Kind) throws(StorageError) -> CopiedValue {
        if isNull(row, column) { return .null }
        switch kind {
        case .int2: return .number(Int64(try int2(row, column)))
        case .int4: return .number(Int64(try int4(row, column)))
        case .int8: return .number(try int8(row, column))
        case .profileRow: return .number(CopiedProfiles.number(of: try int8(row, column)))
        case .position: return .number(CopiedProfiles.position(of: try int8(row, column)))
        case .uuid, .bytes: return .bytes(bytes(row, column))
        }
    }

    /// A value as a parameter of the next statement.
    func value(_ row: Int, _ column: Int32, _ type: String) throws(StorageError) -> PostgresValue {
        switch type {
        case "bool": .bool(try bool(row, column))
        case "int2": .int2(try int2(row, column))
        case "int4": .int4(try int4(row, column))
        case "int8": .int8(try int8(row, column))
        case "uuid": .uuid(try uuid(row, column))
        default: .bytes(bytes(row, column))
        }
    }
}
#endif
