import Crypto
import Kinesis

/// The producer's baseline: what no producer can leave out, in one loop.
///
/// Copies each record into a request body, as base64 for JSON, and hashes the body for its signature.
struct RequestFloor {
    let wire: KinesisWire
    let recordBytes: Int
    let recordsPerRequest: Int

    /// Does the work of so many records.
    ///
    /// - Returns: The digests' first bytes, added up, so that nothing can be left out.
    func run(records: Int) -> Int {
        let data = [UInt8](repeating: 0x61, count: recordBytes)
        let encodedBytes = wire == .json ? recordBytes / 3 * 4 : recordBytes
        var body = [UInt8](repeating: 0, count: recordsPerRequest * encodedBytes)
        var sum = 0
        for start in stride(from: 0, to: records, by: recordsPerRequest) {
            let count = min(recordsPerRequest, records - start)
            var hasher = SHA256()
            body.withUnsafeMutableBytes { body in
                for record in 0..<count {
                    let place = UnsafeMutableRawBufferPointer(rebasing: body[(record * encodedBytes)...])
                    switch wire {
                    case .json: RequestFloor.writeBase64(data, to: place)
                    case .cbor: place.copyBytes(from: data)
                    }
                }
                hasher.update(bufferPointer: UnsafeRawBufferPointer(rebasing: body[..<(count * encodedBytes)]))
            }
            sum += hasher.finalize().withUnsafeBytes { Int($0[0]) }
        }
        return sum
    }

    private static let pairs: [UInt16] = {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        return (0..<4_096).map { UInt16(alphabet[$0 >> 6]) | UInt16(alphabet[$0 & 63]) << 8 }
    }()

    /// Writes base64, three bytes by a table of pairs; the rest, less than three bytes, is left out.
    private static func writeBase64(_ data: [UInt8], to place: UnsafeMutableRawBufferPointer) {
        pairs.withUnsafeBufferPointer { pairs in
            data.withUnsafeBufferPointer { data in
                for group in 0..<(data.count / 3) {
                    let bits = Int(data[group * 3]) << 16 | Int(data[group * 3 + 1]) << 8 | Int(data[group * 3 + 2])
                    place.storeBytes(of: pairs[bits >> 12], toByteOffset: group * 4, as: UInt16.self)
                    place.storeBytes(of: pairs[bits & 4_095], toByteOffset: group * 4 + 2, as: UInt16.self)
                }
            }
        }
    }
}
