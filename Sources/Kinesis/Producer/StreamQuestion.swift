/// What a producer asks of the service about its stream.
///
/// No answer, or a refusal, stops nothing.
enum StreamQuestion: Sendable {
    /// Which shards take records.
    case shards
    /// How large a record may be.
    case recordLimit
}

extension ProducerStateMachine {
    /// The answer to ``StreamQuestion/shards``.
    mutating func listedShards(_ answer: Result<ShardMap, KinesisError>, now: MonotonicTime) {
        switch answer {
        case .success(let map):
            let isNews = map != ready.map
            if isNews { ready.adopt(map, now: now, keys: keys) }
            shardQuestions.answered(isNews: isNews, backoff: &backoff, now: now)
        case .failure(let error) where error.needsOperator:
            shardQuestions.denied(backoff: &backoff, now: now)
        case .failure:
            shardQuestions.answered(isNews: false, backoff: &backoff, now: now)
        }
    }

    /// The answer to ``StreamQuestion/recordLimit``: the largest record in bytes, where the service says it.
    mutating func described(_ answer: Result<Int?, KinesisError>, now: MonotonicTime) {
        switch answer {
        case .success(let bytesMax): recordLimit.answered(bytesMax, isDenied: false, now: now)
        case .failure(let error): recordLimit.answered(nil, isDenied: error.needsOperator, now: now)
        }
    }
}
