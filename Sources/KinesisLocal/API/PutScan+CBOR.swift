extension PutScan {
    /// Scans a CBOR body.
    init?(cbor body: UnsafeRawBufferPointer) {
        var scanner = CBORScanner(bytes: body)
        guard scanner.request(into: &self) else { return nil }
    }

    /// A cursor on plain CBOR: lists and maps of either form, strings of definite length, no members that it does not
    /// know, none twice.
    private struct CBORScanner {
        let bytes: UnsafeRawBufferPointer
        var offset = 0
        /// The body ended inside a list or a map.
        private var isCutOff = false

        init(bytes: UnsafeRawBufferPointer) {
            self.bytes = bytes
        }

        private static let byteString: UInt8 = 2
        private static let textString: UInt8 = 3
        private static let list: UInt8 = 4
        private static let map: UInt8 = 5

        mutating func request(into scan: inout PutScan) -> Bool {
            var hasRecords = false
            guard var left = head(Self.map) else { return false }
            while hasNext(&left) {
                guard let name = string(Self.textString) else { return false }
                switch PutMember(slice(name)) {
                case .records where !hasRecords:
                    hasRecords = true
                    guard records(into: &scan) else { return false }
                case .streamName where scan.stream.name == nil:
                    guard let value = string(Self.textString) else { return false }
                    scan.stream.name = String(validating: slice(value), as: UTF8.self)
                    guard scan.stream.name != nil else { return false }
                case .streamARN where scan.stream.arn == nil:
                    guard let value = string(Self.textString) else { return false }
                    scan.stream.arn = String(validating: slice(value), as: UTF8.self)
                    guard scan.stream.arn != nil else { return false }
                default: return false
                }
            }
            return hasRecords && !isCutOff && offset == bytes.count
        }

        private mutating func records(into scan: inout PutScan) -> Bool {
            scan.entries.reserveCapacity(LocalLimits.recordsPerRequestMax)
            guard var left = head(Self.list) else { return false }
            while hasNext(&left) {
                guard scan.entries.count < LocalLimits.recordsPerRequestMax, let entry = record() else { return false }
                scan.entries.append(entry)
            }
            return !scan.entries.isEmpty
        }

        private mutating func record() -> Entry? {
            var data: Range<Int>?
            var key: Range<Int>?
            var hash: UInt128?
            guard var left = head(Self.map) else { return nil }
            while hasNext(&left) {
                guard let name = string(Self.textString) else { return nil }
                switch PutMember(slice(name)) {
                case .data where data == nil: data = string(Self.byteString)
                case .partitionKey where key == nil: key = string(Self.textString)
                case .explicitHashKey where hash == nil:
                    guard let digits = string(Self.textString), let number = PutScan.hashKey(slice(digits)) else {
                        return nil
                    }
                    hash = number
                default: return nil
                }
            }
            guard let data, let key else { return nil }
            return Entry(data: data, key: key, explicitHash: hash)
        }

        /// How many items follow; `.indefinite` ends with the break.
        private enum Left {
            case count(UInt64)
            case indefinite
        }

        private mutating func hasNext(_ left: inout Left) -> Bool {
            switch left {
            case .count(0): return false
            case .count(let count):
                left = .count(count - 1)
                return true
            case .indefinite:
                guard offset < bytes.count else {
                    isCutOff = true
                    return false
                }
                guard bytes[offset] == 0xFF else { return true }
                offset += 1
                return false
            }
        }

        private mutating func head(_ type: UInt8) -> Left? {
            if offset < bytes.count, bytes[offset] == type << 5 | 31 {
                offset += 1
                return .indefinite
            }
            return argument(type).map(Left.count)
        }

        private mutating func string(_ type: UInt8) -> Range<Int>? {
            guard let length = argument(type), length <= UInt64(bytes.count - offset) else { return nil }
            defer { offset += Int(length) }
            return offset..<offset + Int(length)
        }

        private mutating func argument(_ type: UInt8) -> UInt64? {
            guard offset < bytes.count, bytes[offset] >> 5 == type else { return nil }
            let low = bytes[offset] & 31
            offset += 1
            if low < 24 { return UInt64(low) }
            guard low <= 27 else { return nil }
            let width = 1 << Int(low - 24)
            guard bytes.count - offset >= width else { return nil }
            var value: UInt64 = 0
            for index in offset..<offset + width { value = value << 8 | UInt64(bytes[index]) }
            offset += width
            return value
        }

        private func slice(_ range: Range<Int>) -> UnsafeRawBufferPointer {
            UnsafeRawBufferPointer(rebasing: bytes[range])
        }
    }
}
