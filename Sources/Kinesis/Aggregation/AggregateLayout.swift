/// Where the records of an aggregate lie in its bytes, whoever packed it.
package struct AggregateLayout: Sendable {
    /// One record's places.
    package struct Member: Sendable {
        /// Its partition key.
        package var partitionKey: Range<Int>
        /// Its content.
        package var data: Range<Int>
    }

    /// The records in order.
    package let members: [Member]

    /// Reads the layout; nil of anything that is not an aggregate from end to end.
    package init?(_ bytes: Span<UInt8>) {
        let magic = AggregateFrame.magic
        guard bytes.count > magic.count + AggregateFrame.digestBytes else { return nil }
        for index in magic.indices where bytes[index] != magic[index] { return nil }
        let end = bytes.count - AggregateFrame.digestBytes
        guard Self.isDigest(bytes, of: magic.count..<end), let members = Self.members(bytes, magic.count..<end) else {
            return nil
        }
        self.members = members
    }

    private static func isDigest(_ bytes: Span<UInt8>, of message: Range<Int>) -> Bool {
        bytes.withUnsafeBytes { all in
            let digest = HashKey.hash(UnsafeRawBufferPointer(rebasing: all[message]))
            return withUnsafeBytes(of: digest.bigEndian) { $0.elementsEqual(all[message.upperBound...]) }
        }
    }

    private static func members(_ bytes: Span<UInt8>, _ message: Range<Int>) -> [Member]? {
        var keys: [Range<Int>] = []
        var records: [(key: UInt64, data: Range<Int>)] = []
        var fields = ProtobufFields(bytes, message)
        while let field = fields.next() {
            switch field {
            case .bytes(1, let range): keys.append(range)
            case .bytes(3, let range):
                guard let record = record(bytes, range) else { return nil }
                records.append(record)
            default: break
            }
        }
        guard fields.isWhole, !records.isEmpty else { return nil }
        var members: [Member] = []
        members.reserveCapacity(records.count)
        for record in records {
            guard record.key < UInt64(keys.count) else { return nil }
            members.append(Member(partitionKey: keys[Int(record.key)], data: record.data))
        }
        return members
    }

    private static func record(_ bytes: Span<UInt8>, _ range: Range<Int>) -> (key: UInt64, data: Range<Int>)? {
        var key: UInt64?
        var data: Range<Int>?
        var fields = ProtobufFields(bytes, range)
        while let field = fields.next() {
            switch field {
            case .number(1, let index): key = index
            case .bytes(3, let range): data = range
            default: break
            }
        }
        guard fields.isWhole, let key, let data else { return nil }
        return (key, data)
    }
}

/// The fields of one message of protocol buffers, in their order.
private struct ProtobufFields: ~Escapable {
    enum Field {
        case number(UInt64, UInt64)
        case bytes(UInt64, Range<Int>)
        case other
    }

    private let bytes: Span<UInt8>
    private let end: Int
    private var place: Int
    /// Nothing so far was malformed.
    private(set) var isWhole = true

    @_lifetime(copy bytes)
    init(_ bytes: Span<UInt8>, _ range: Range<Int>) {
        self.bytes = bytes
        place = range.lowerBound
        end = range.upperBound
    }

    /// The next field; nil at the end, or where the message is malformed.
    mutating func next() -> Field? {
        guard place < end else { return nil }
        guard let tag = number(), let field = field(tag) else {
            isWhole = false
            return nil
        }
        return field
    }

    private mutating func field(_ tag: UInt64) -> Field? {
        switch tag & 7 {
        case 0: return number().map { .number(tag >> 3, $0) }
        case 1: return take(8).map { _ in .other }
        case 2:
            guard let count = number(), let range = take(count) else { return nil }
            return .bytes(tag >> 3, range)
        case 5: return take(4).map { _ in .other }
        default: return nil
        }
    }

    private mutating func take(_ count: UInt64) -> Range<Int>? {
        guard count <= UInt64(end - place) else { return nil }
        defer { place += Int(count) }
        return place..<place + Int(count)
    }

    private mutating func number() -> UInt64? {
        var value: UInt64 = 0
        for shift in stride(from: 0 as UInt64, to: 70, by: 7) {
            guard place < end else { return nil }
            let byte = bytes[place]
            place += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
        }
        return nil
    }
}
