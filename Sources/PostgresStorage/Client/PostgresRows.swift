#if PostgreSQL
import ActivationCore
import ActivationEngine
import CLibpq
import StorageCommon

/// What a statement answered; rows and columns are counted from 0.
///
/// The server's answer is kept until the last reference to it goes. Reading what has another form than asked for throws `corrupt`.
final class PostgresRows {
    private let result: OpaquePointer
    /// How many rows there are.
    let count: Int

    init(taking result: OpaquePointer) {
        self.result = result
        count = Int(PQntuples(result))
    }

    deinit { PQclear(result) }

    /// Rows that an INSERT, UPDATE or DELETE touched.
    var affected: Int { PQcmdTuples(result).flatMap { Int(String(cString: $0)) } ?? 0 }

    /// Whether there is nothing in a place.
    func isNull(_ row: Int, _ column: Int32) -> Bool { PQgetisnull(result, Int32(row), column) != 0 }

    func int8(_ row: Int, _ column: Int32) throws(StorageError) -> Int64 { try number(row, column) }
    func int4(_ row: Int, _ column: Int32) throws(StorageError) -> Int32 { try number(row, column) }
    func int2(_ row: Int, _ column: Int32) throws(StorageError) -> Int16 { try number(row, column) }

    func optionalInt8(_ row: Int, _ column: Int32) throws(StorageError) -> Int64? {
        isNull(row, column) ? nil : try int8(row, column)
    }

    func bool(_ row: Int, _ column: Int32) throws(StorageError) -> Bool {
        let byte: UInt8 = try number(row, column)
        return byte != 0
    }

    /// More than can ever be counted, and far from the end of the numbers: sums of a thousand such counts are numbers still.
    private static let countMax: Int64 = 1 << 52

    /// A count of one stripe of several, which alone may be negative.
    func part(_ row: Int, _ column: Int32) throws(StorageError) -> Int64 {
        let number = try int8(row, column)
        guard -Self.countMax...Self.countMax ~= number else { throw Self.damaged("a stored count cannot be") }
        return number
    }

    /// A count.
    func tally(_ row: Int, _ column: Int32) throws(StorageError) -> Int64 {
        let number = try part(row, column)
        guard number >= 0 else { throw Self.damaged("a stored count is negative") }
        return number
    }

    /// An instant of the server's clock, which counts microseconds from the year 2000 on.
    func instant(_ row: Int, _ column: Int32) throws(StorageError) -> Timestamp {
        Timestamp(milliseconds: try int8(row, column) / 1_000 + 946_684_800_000)
    }

    /// The place that the server gave to something that it was asked for, counted from 0.
    ///
    /// - Throws: `corrupt` when there were not so many.
    func place(_ row: Int, _ column: Int32, among places: Range<Int>) throws(StorageError) -> Int {
        let place = Int(try int8(row, column) &- 1)
        guard places.contains(place) else { throw Self.damaged("the database gave what it was not asked for") }
        return place
    }

    /// A number of another width than its column.
    func converted<Number: FixedWidthInteger>(_ number: some FixedWidthInteger) throws(StorageError) -> Number {
        guard let converted = Number(exactly: number) else {
            throw Self.damaged("a stored number is out of its range")
        }
        return converted
    }

    func uuid(_ row: Int, _ column: Int32) throws(StorageError) -> UUIDBytes {
        guard let bytes = raw(row, column), bytes.count == 16 else { throw Self.damaged("a stored id is none") }
        return UUIDBytes(
            high: UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)),
            low: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        )
    }

    /// Bytes that a column has in all rows.
    func bytes(_ column: Int32) -> Int {
        (0..<count).reduce(0) { $0 + Int(PQgetlength(result, Int32($1), column)) }
    }

    func bytes(_ row: Int, _ column: Int32) -> [UInt8] { raw(row, column).map { Array($0) } ?? [] }

    func text(_ row: Int, _ column: Int32) throws(StorageError) -> String {
        guard let bytes = raw(row, column), let text = String(validating: bytes, as: UTF8.self) else {
            throw Self.damaged("a stored text is not UTF-8")
        }
        return text
    }

    /// The ids of audiences, one after the other; nothing are none.
    func audiences(_ row: Int, _ column: Int32) throws(StorageError) -> [Audience.ID] {
        guard let bytes = raw(row, column) else { return [] }
        guard let audiences = AudienceList.audiences(in: bytes) else {
            throw Self.damaged("a stored list of audiences is cut off")
        }
        return audiences
    }

    private func number<Number: FixedWidthInteger>(_ row: Int, _ column: Int32) throws(StorageError) -> Number {
        guard let bytes = raw(row, column), bytes.count == MemoryLayout<Number>.size else {
            throw Self.damaged("a stored number has another width")
        }
        return Number(bigEndian: bytes.loadUnaligned(as: Number.self))
    }

    /// nil = there is nothing.
    private func raw(_ row: Int, _ column: Int32) -> UnsafeRawBufferPointer? {
        guard !isNull(row, column), let start = PQgetvalue(result, Int32(row), column) else { return nil }
        return UnsafeRawBufferPointer(start: start, count: Int(PQgetlength(result, Int32(row), column)))
    }

    private static func damaged(_ what: String) -> StorageError {
        StorageError(.corrupt, "\(what); restore the database from a backup")
    }
}
#endif
