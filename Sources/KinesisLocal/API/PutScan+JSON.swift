#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

extension PutScan {
    /// Scans a JSON body.
    init?(json body: UnsafeRawBufferPointer) {
        var scanner = JSONScanner(bytes: body)
        guard scanner.request(into: &self) else { return nil }
    }

    /// A cursor on plain JSON: strings without escapes, no members that it does not know, none twice.
    private struct JSONScanner {
        let bytes: UnsafeRawBufferPointer
        var offset = 0

        mutating func request(into scan: inout PutScan) -> Bool {
            var hasRecords = false
            guard take("{") else { return false }
            repeat {
                guard let name = string(), take(":") else { return false }
                switch PutMember(slice(name)) {
                case .records where !hasRecords:
                    hasRecords = true
                    guard records(into: &scan) else { return false }
                case .streamName where scan.stream.name == nil:
                    guard let value = string() else { return false }
                    scan.stream.name = String(validating: slice(value), as: UTF8.self)
                    guard scan.stream.name != nil else { return false }
                case .streamARN where scan.stream.arn == nil:
                    guard let value = string() else { return false }
                    scan.stream.arn = String(validating: slice(value), as: UTF8.self)
                    guard scan.stream.arn != nil else { return false }
                default: return false
                }
            } while take(",")
            guard take("}"), hasRecords else { return false }
            skipSpace()
            return offset == bytes.count
        }

        private mutating func records(into scan: inout PutScan) -> Bool {
            scan.entries.reserveCapacity(LocalLimits.recordsPerRequestMax)
            guard take("[") else { return false }
            repeat {
                guard scan.entries.count < LocalLimits.recordsPerRequestMax, let entry = record() else { return false }
                scan.entries.append(entry)
            } while take(",")
            return take("]")
        }

        private mutating func record() -> Entry? {
            var data: Range<Int>?
            var key: Range<Int>?
            var hash: UInt128?
            guard take("{") else { return nil }
            repeat {
                guard let name = string(), take(":") else { return nil }
                switch PutMember(slice(name)) {
                case .data where data == nil: data = base64()
                case .partitionKey where key == nil: key = string()
                case .explicitHashKey where hash == nil:
                    guard let digits = string(), let number = PutScan.hashKey(slice(digits)) else { return nil }
                    hash = number
                default: return nil
                }
            } while take(",")
            guard take("}"), let data, let key else { return nil }
            return Entry(data: data, key: key, explicitHash: hash)
        }

        /// The content of a string; nil if it holds an escape or a control character.
        private mutating func string() -> Range<Int>? {
            guard take("\"") else { return nil }
            let start = offset
            while offset < bytes.count {
                let byte = bytes[offset]
                if byte == UInt8(ascii: "\"") {
                    offset += 1
                    return start..<offset - 1
                }
                guard byte >= 0x20, byte != UInt8(ascii: "\\") else { return nil }
                offset += 1
            }
            return nil
        }

        /// The content of a long string up to the next quote; that it is base64 is seen when it is decoded.
        private mutating func base64() -> Range<Int>? {
            guard take("\""), offset < bytes.count, let base = bytes.baseAddress,
                let end = memchr(base + offset, Int32(UInt8(ascii: "\"")), bytes.count - offset)
            else { return nil }
            let start = offset
            let length = UnsafeRawPointer(end) - (base + offset)
            offset += length + 1
            return start..<start + length
        }

        private func slice(_ range: Range<Int>) -> UnsafeRawBufferPointer {
            UnsafeRawBufferPointer(rebasing: bytes[range])
        }

        private mutating func take(_ mark: Unicode.Scalar) -> Bool {
            skipSpace()
            guard offset < bytes.count, bytes[offset] == UInt8(ascii: mark) else { return false }
            offset += 1
            return true
        }

        private mutating func skipSpace() {
            while offset < bytes.count {
                switch bytes[offset] {
                case 0x20, 0x0A, 0x0D, 0x09: offset += 1
                default: return
                }
            }
        }
    }
}
