import NIOCore

/// Writes PutRecords requests in one pass into one buffer.
struct PutRecordsEncoder: Sendable {
    private let wire: KinesisWire
    private let stream: (name: String, value: String)

    init(stream: StreamReference, wire: KinesisWire) {
        self.wire = wire
        self.stream = stream.member
    }

    /// Appends the request for some records.
    ///
    /// - Parameters:
    ///   - records: The records, in the order of the request.
    ///   - buffer: The buffer that grows by the body.
    func encode(_ records: [KinesisRecord], into buffer: inout ByteBuffer) {
        let capacity = capacity(for: records)
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: capacity) { target in
            var output = ByteOutput(target)
            switch wire {
            case .json: encodeJSON(records, to: &output)
            case .cbor: encodeCBOR(records, to: &output)
            }
            return output.count
        }
    }

    /// What the body cannot exceed: base64 is the larger form of data, and `\u00XX` the largest of a key's byte.
    private func capacity(for records: [KinesisRecord]) -> Int {
        var bytes = 128 + 6 * stream.value.utf8.count
        for record in records {
            bytes += 64 + Base64.encodedCount(record.data.count) + 6 * record.partitionKey.utf8.count
        }
        return bytes
    }

    // MARK: JSON

    private func encodeJSON(_ records: [KinesisRecord], to output: inout ByteOutput) {
        output.write(stream.name == "StreamARN" ? "{\"StreamARN\":\"" : "{\"StreamName\":\"")
        output.writeEscaped(stream.value)
        output.write("\",\"Records\":[")
        var isFirst = true
        for record in records {
            output.write(isFirst ? "{\"Data\":\"" : ",{\"Data\":\"")
            isFirst = false
            output.writeBase64(record.data)
            output.write("\",\"PartitionKey\":\"")
            output.writeEscaped(record.partitionKey)
            output.write("\"}")
        }
        output.write("]}")
    }

    // MARK: CBOR

    private func encodeCBOR(_ records: [KinesisRecord], to output: inout ByteOutput) {
        output.writeHead(majorType: 5, 2)
        output.writeText(stream.name)
        output.writeText(stream.value)
        output.writeText("Records")
        output.writeHead(majorType: 4, records.count)
        for record in records {
            output.writeHead(majorType: 5, 2)
            output.writeText("Data")
            output.writeHead(majorType: 2, record.data.count)
            output.write(record.data)
            output.writeText("PartitionKey")
            output.writeText(record.partitionKey)
        }
    }
}
