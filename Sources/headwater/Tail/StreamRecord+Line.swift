import ActivationCore

extension StreamRecord {
    /// One line of JSON: `shard`, `sequence`, `subsequence` of a record in an aggregate, `partitionKey`, and `data` as JSON, text,
    /// or `{"base64": …}`.
    func appendJSONLine(to bytes: inout [UInt8]) {
        bytes += Array("{\"shard\":".utf8)
        JSONWriter.appendString(shard, to: &bytes)
        bytes += Array(",\"sequence\":".utf8)
        JSONWriter.appendString(sequence, to: &bytes)
        if let place { bytes += Array(",\"subsequence\":\(place)".utf8) }
        bytes += Array(",\"partitionKey\":".utf8)
        JSONWriter.appendString(partitionKey, to: &bytes)
        bytes += Array(",\"data\":".utf8)
        appendData(to: &bytes)
        bytes += Array("}\n".utf8)
    }

    /// The record for people.
    var line: String {
        "\(shard)  \(sequence)\(place.map { ":\($0)" } ?? "")  \(partitionKey)  \(String(decoding: data, as: UTF8.self))"
    }

    private func appendData(to bytes: inout [UInt8]) {
        // Other producers may write anything; what is not JSON is shown as text.
        if let document = try? JSONDocument(parsing: data) {
            bytes += document.text
        } else if let text = String(validating: data, as: UTF8.self) {
            JSONWriter.appendString(text, to: &bytes)
        } else {
            bytes += Array("{\"base64\":".utf8)
            JSONWriter.appendString(Base64Text.encode(data), to: &bytes)
            bytes.append(UInt8(ascii: "}"))
        }
    }
}

/// Base64 with padding (RFC 4648, section 4).
private enum Base64Text {
    static func encode(_ bytes: [UInt8]) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var text: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            var bits: UInt32 = 0
            for byte in group { bits = bits << 8 | UInt32(byte) }
            bits <<= UInt32(8 * (3 - group.count))
            for place in 0..<4 {
                let isPadding = place > group.count
                text.append(isPadding ? UInt8(ascii: "=") : alphabet[Int(bits >> UInt32(18 - 6 * place) & 63)])
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
