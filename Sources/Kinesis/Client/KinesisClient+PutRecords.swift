import NIOCore

extension KinesisClient {
    /// Writes records by one request, without retries and without order among records that fail.
    ///
    /// ``KinesisProducer`` is what most callers want.
    ///
    /// - Parameters:
    ///   - records: 1 to 500 records, 10 MiB in all.
    ///   - stream: The stream.
    /// - Returns: One result per record, in the order of the records.
    /// - Throws: ``KinesisError``; ``KinesisError/isAmbiguous`` tells whether records may have been written.
    public func putRecords(
        _ records: [KinesisRecord],
        to stream: StreamReference
    ) async throws(KinesisError) -> [RecordResult] {
        let encoder = PutRecordsEncoder(stream: stream, wire: wire)
        var body = ByteBuffer()
        encoder.encode(records, into: &body)
        return try await putRecords(body, count: records.count)
    }

    /// Sends an encoded PutRecords request, perhaps as a step of a trace, and reads its results.
    func putRecords(
        _ body: ByteBuffer,
        count: Int,
        wire: KinesisWire? = nil,
        traceparent: String? = nil,
        deadline: NIODeadline? = nil,
        mayGo: @Sendable () throws(KinesisError) -> Void = {}
    ) async throws(KinesisError) -> [RecordResult] {
        let wire = wire ?? self.wire
        let answer = try await perform(
            "PutRecords",
            body: body,
            wire: wire,
            traceparent: traceparent,
            deadline: deadline,
            mayGo: mayGo
        )
        let results = PutRecordsAnswer.results(answer.body, wire: answer.wire(requested: wire))
        guard let results, results.count == count else {
            throw KinesisError(
                .invalidResponse,
                results.map { "the answer has \($0.count) results for \(count) records" }
                    ?? "the answer to PutRecords cannot be read",
                httpStatus: answer.status,
                requestID: answer.requestID
            )
        }
        return results
    }
}
