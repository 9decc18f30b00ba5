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
        var body: [UInt8] = []
        body.reserveCapacity(recordsPerRequest * (recordBytes * 4 / 3 + 64))
        var sum = 0
        for start in stride(from: 0, to: records, by: recordsPerRequest) {
            body.removeAll(keepingCapacity: true)
            for _ in start..<min(start + recordsPerRequest, records) {
                switch wire {
                case .json: RequestFloor.appendBase64(data, to: &body)
                case .cbor: body += data
                }
            }
            sum += SHA256.hash(data: body).withUnsafeBytes { Int($0[0]) }
        }
        return sum
    }

    private static let pairs: [UInt16] = {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        return (0..<4_096).map { UInt16(alphabet[$0 >> 6]) | UInt16(alphabet[$0 & 63]) << 8 }
    }()

    /// Appends base64, three bytes by a table of pairs; the rest, less than three bytes, is left out.
    private static func appendBase64(_ data: [UInt8], to body: inout [UInt8]) {
        let groups = data.count / 3
        let start = body.count
        body.append(contentsOf: repeatElement(0, count: groups * 4))
        pairs.withUnsafeBufferPointer { pairs in
            data.withUnsafeBufferPointer { data in
                body.withUnsafeMutableBytes { body in
                    for group in 0..<groups {
                        let bits = Int(data[group * 3]) << 16 | Int(data[group * 3 + 1]) << 8 | Int(data[group * 3 + 2])
                        let place = start + group * 4
                        body.storeBytes(of: pairs[bits >> 12], toByteOffset: place, as: UInt16.self)
                        body.storeBytes(of: pairs[bits & 4_095], toByteOffset: place + 2, as: UInt16.self)
                    }
                }
            }
        }
    }
}
