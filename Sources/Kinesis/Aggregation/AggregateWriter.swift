/// Packs records of one partition key into one.
enum AggregateWriter {
    /// The content of the record that holds others.
    ///
    /// - Parameters:
    ///   - first: The first record; its partition key is that of all.
    ///   - followers: The others, in order.
    /// - Returns: The aggregate's bytes.
    static func bytes(_ first: KinesisRecord, _ followers: [PendingRecord]) -> [UInt8] {
        let size = AggregateSize(of: first, followers)
        let key = first.partitionKey.utf8
        var bytes: [UInt8] = []
        bytes.reserveCapacity(size.countedBytes - key.count)
        bytes += AggregateFrame.magic
        bytes.append(AggregateFrame.Tag.partitionKey)
        ProtobufLength.append(key.count, to: &bytes)
        bytes += key
        append(first.data, to: &bytes)
        for follower in followers { append(follower.record.data, to: &bytes) }
        let digest = bytes.withUnsafeBytes { all in
            HashKey.hash(UnsafeRawBufferPointer(rebasing: all[AggregateFrame.magic.count...]))
        }
        withUnsafeBytes(of: digest.bigEndian) { bytes += $0 }
        return bytes
    }

    private static func append(_ data: [UInt8], to bytes: inout [UInt8]) {
        bytes.append(AggregateFrame.Tag.record)
        ProtobufLength.append(AggregateSize.recordBytes(dataBytes: data.count), to: &bytes)
        bytes.append(AggregateFrame.Tag.partitionKeyIndex)
        bytes.append(0)
        bytes.append(AggregateFrame.Tag.data)
        ProtobufLength.append(data.count, to: &bytes)
        bytes += data
    }
}
