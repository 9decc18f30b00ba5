extension KinesisClient {
    /// Lists the shards that take records now.
    ///
    /// - Parameters:
    ///   - stream: The stream.
    ///   - timeout: How long each page may take.
    ///   - wire: The encoding; nil = the client's.
    /// - Returns: The shards.
    /// - Throws: ``KinesisError``; `accessDenied` when the key may not ask.
    func openShards(
        of stream: StreamReference,
        timeout: Duration? = nil,
        wire: KinesisWire? = nil
    ) async throws(KinesisError) -> ShardMap {
        let member = stream.member
        var shards: [ShardMap.Shard] = []
        var page: [(String, WireValue)] = [
            (member.name, .string(member.value)), ("ShardFilter", ["Type": "AT_LATEST"]),
        ]
        while true {
            let answer = try await perform("ListShards", .map(page), timeout: timeout, wire: wire)
            guard let items = answer["Shards"]?.array else { throw .unlikeListShards }
            for item in items where item["SequenceNumberRange"]?["EndingSequenceNumber"] == nil {
                guard let id = item["ShardId"]?.string, (1...128).contains(id.utf8.count),
                    let text = item["HashKeyRange"]?["StartingHashKey"]?.string, let start = UInt128(text)
                else { throw .unlikeListShards }
                shards.append(ShardMap.Shard(id: id, start: UInt64(start >> 64)))
            }
            guard let token = answer["NextToken"]?.string else { break }
            // An endpoint that gives the same page again would be asked for ever.
            guard !items.isEmpty, shards.count <= ShardMap.shardsMax, page.first?.1 != .string(token) else {
                throw .unlikeListShards
            }
            page = [("NextToken", .string(token))]
        }
        guard let map = ShardMap(shards) else { throw .unlikeListShards }
        return map
    }
}

extension KinesisError {
    fileprivate static var unlikeListShards: KinesisError {
        KinesisError(.invalidResponse, "the answer to ListShards does not tell which shards share all hash keys")
    }
}
