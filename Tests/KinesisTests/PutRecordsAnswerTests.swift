import Testing

@testable import Kinesis

@Suite struct PutRecordsAnswerTests {
    private static func texts(_ results: [RecordResult]?) -> [String]? {
        results?.map { result in
            switch result {
            case .written(let receipt): "written \(receipt.shardID) \(receipt.sequenceNumber)"
            case .failed(let error): "failed \(error.code.rawValue) \(error.message) \(error.disposition)"
            }
        }
    }

    @Test func `the usual JSON answer is scanned`() {
        let answer = #"""
            {"FailedRecordCount":1,"Records":[{"SequenceNumber":"495","ShardId":"shardId-000000000001"},
            {"ErrorCode":"ProvisionedThroughputExceededException","ErrorMessage":"Rate exceeded"}],"EncryptionType":"NONE"}
            """#

        let results = PutRecordsAnswer.scannedResults(Array(answer.utf8), wire: .json)

        #expect(
            Self.texts(results) == [
                "written shardId-000000000001 495",
                "failed ProvisionedThroughputExceededException a shard takes no more for now retry(isAmbiguous: false)",
            ]
        )
    }

    @Test(arguments: [
        #"{"Records":[{"SequenceNumber":"49\u0035","ShardId":"s"}]}"#,
        #"{"Records":[{"SequenceNumber":"495","ShardId":"s","ErrorCode":null,"New":{"a":[1]}}]}"#,
        #"{"New":[],"Records":[{"SequenceNumber":"495","ShardId":"s"}]}"#,
        #"{"Records":[{"SequenceNumber":"495","ShardId":"s","Weight":1.5e3}]}"#,
    ])
    func `an unusual answer is read all the same`(_ answer: String) {
        #expect(Self.texts(PutRecordsAnswer.results(Array(answer.utf8), wire: .json)) == ["written s 495"])
    }

    @Test(arguments: [
        "", "{", "[]", "{}", #"{"Records":{}}"#, #"{"Records":[{}]}"#, #"{"Records":[{"SequenceNumber":"1"}]}"#,
        #"{"Records":[{"SequenceNumber":1,"ShardId":"s"}]}"#, #"{"Records":[]"#, #"{"Records":[]}x"#, "<html></html>",
        #"{"Records":[{"SequenceNumber":"1","ShardId":"s"},]}"#, #"{"Records":[],}"#,
        #"{"Records":[{"SequenceNumber":"","ShardId":"s"}]}"#, #"{"Records":[{"SequenceNumber":"1","ShardId":""}]}"#,
        #"{"New":[],"Records":[{"SequenceNumber":"","ShardId":"s"}]}"#,
        #"{"New":[],"Records":[{"SequenceNumber":"1","ShardId":""}]}"#,
        #"{"FailedRecordCount":1,"Records":[{"SequenceNumber":"1","ShardId":"s"}]}"#,
        #"{"Records":[{"ErrorCode":"InternalFailure"}],"FailedRecordCount":0}"#,
        #"{"FailedRecordCount":1,"New":[],"Records":[{"SequenceNumber":"1","ShardId":"s"}]}"#,
        #"{"FailedRecordCount":"0","Records":[{"SequenceNumber":"1","ShardId":"s"}]}"#,
        #"{"FailedRecordCount":-1,"Records":[{"SequenceNumber":"1","ShardId":"s"}]}"#,
    ])
    func `what is no answer is not taken for one`(_ answer: String) {
        #expect(PutRecordsAnswer.results(Array(answer.utf8), wire: .json) == nil)
    }

    @Test(arguments: [("", "s", 0), ("1", "", 0), ("1", "s", 1)])
    func `what is no answer in CBOR is not taken for one`(_ sequence: String, _ shard: String, _ failures: Int64) {
        let item: WireValue = .map([("SequenceNumber", .string(sequence)), ("ShardId", .string(shard))])
        let answer = KinesisWire.cbor.encode(
            .map([("Records", .array([item])), ("FailedRecordCount", .integer(failures))])
        )

        #expect(PutRecordsAnswer.results(answer, wire: .cbor) == nil)
    }

    @Test func `scanner and full reader agree on random answers`() throws {
        let seed = UInt64.random(in: 0..<1 << 40)
        print("answer seed \(seed)")
        var random = SplitMix64(seed: seed)
        var scanned = 0
        for _ in 0..<500 {
            let (document, wire) = (Self.randomDocument(&random), KinesisWire.allCases.randomElement(using: &random))
            let answer = (wire ?? .json).encode(document)

            let fast = PutRecordsAnswer.scannedResults(answer, wire: wire ?? .json)
            let full = PutRecordsAnswer.walkedResults(answer, wire: wire ?? .json)

            if let fast {
                scanned += 1
                #expect(Self.texts(fast) == Self.texts(full), "seed \(seed): \(document)")
            }
        }
        #expect(scanned > 100)
    }

    @Test func `damaged answers never crash and never differ`() {
        let seed = UInt64.random(in: 0..<1 << 40)
        print("answer damage seed \(seed)")
        var random = SplitMix64(seed: seed)
        for _ in 0..<3000 {
            let wire = Bool.random(using: &random) ? KinesisWire.json : .cbor
            var answer = wire.encode(Self.randomDocument(&random))
            for _ in 0..<Int.random(in: 1...3, using: &random) where !answer.isEmpty {
                let index = Int.random(in: 0..<answer.count, using: &random)
                switch Int.random(in: 0...2, using: &random) {
                case 0: answer[index] = UInt8.random(in: 0...255, using: &random)
                case 1: answer.remove(at: index)
                default: answer.removeLast(answer.count - index)
                }
            }

            let fast = PutRecordsAnswer.scannedResults(answer, wire: wire)

            if let fast, let full = PutRecordsAnswer.walkedResults(answer, wire: wire) {
                #expect(Self.texts(fast) == Self.texts(full), "seed \(seed): \(answer)")
            }
        }
    }

    @Test func `indefinite CBOR answers are scanned`() {
        var answer: [UInt8] = [0xBF, 0x67] + Array("Records".utf8) + [0x9F]
        for index in 0..<3 {
            answer += [0xBF, 0x6E] + Array("SequenceNumber".utf8) + [0x61, 0x30 + UInt8(index)]
            answer += [0x67] + Array("ShardId".utf8) + [0x61, 0x73, 0xFF]
        }
        answer += [0xFF, 0xFF]

        let results = PutRecordsAnswer.scannedResults(answer, wire: .cbor)

        #expect(Self.texts(results) == ["written s 0", "written s 1", "written s 2"])
        #expect(Self.texts(results) == Self.texts(PutRecordsAnswer.walkedResults(answer, wire: .cbor)))
    }

    private static func randomDocument(_ random: inout SplitMix64) -> WireValue {
        var failures: Int64 = 0
        let items = (0..<Int.random(in: 0...40, using: &random)).map { index -> WireValue in
            var members: [(String, WireValue)]
            if Int.random(in: 0...9, using: &random) == 0 {
                failures += 1
                members = [
                    ("ErrorCode", "InternalFailure"),
                    ("ErrorMessage", Bool.random(using: &random) ? "Internal service failure." : "quo\"te ä"),
                ]
            } else {
                members = [
                    ("SequenceNumber", .string("4954398548075439\(index)")),
                    ("ShardId", .string("shardId-00000000000\(index % 10)")),
                ]
            }
            if Int.random(in: 0...9, using: &random) == 0 { members.append(("ErrorExtra", .null)) }
            if Int.random(in: 0...9, using: &random) == 0 { members.append(("Number", .integer(Int64(index) * 1000))) }
            members.shuffle(using: &random)
            return .map(members)
        }
        var members: [(String, WireValue)] = [("Records", .array(items)), ("FailedRecordCount", .integer(failures))]
        if Bool.random(using: &random) { members.append(("EncryptionType", "KMS")) }
        members.shuffle(using: &random)
        return .map(members)
    }
}
