import Kinesis
import NIOHTTP1
import Testing

@testable import KinesisLocal

/// Faults as requests meet them, and as documents name them.
@Suite struct FaultsTests {
    private func orders(_ faults: Faults) throws -> ServiceUnderTest {
        let service = ServiceUnderTest()
        _ = try service.call(.createStream, ["StreamName": "orders", "ShardCount": 2])
        service.service.dice.faults = faults
        return service
    }

    private let put: WireValue = ["StreamName": "orders", "PartitionKey": "k", "Data": .bytes([1])]

    private func stored(_ service: ServiceUnderTest) -> Int? {
        service.service.registry.cell("orders", now: service.now)?.withState(\.counts.stored)
    }

    @Test(
        arguments: [
            (\.requestThrottled, "ProvisionedThroughputExceededException", 400, 0),
            (\.tokenExpired, "ExpiredTokenException", 400, 0),
            (\.accessDenied, "AccessDeniedException", 400, 0),
            (\.requestInvalid, "ValidationException", 400, 0),
            (\.kmsFailed, "KMSAccessDeniedException", 400, 0),
            (\.requestFailed, "InternalFailure", 500, 0),
            (\.requestUnavailable, "ServiceUnavailable", 503, 0),
            (\.requestFailedAfterCommit, "InternalFailure", 500, 1),
            (\.requestUnavailableAfterCommit, "ServiceUnavailable", 503, 1),
        ] as [(any WritableKeyPath<Faults, Double> & Sendable, String, Int, Int)]
    )
    func `a request is refused before or after it is done`(
        fault: any WritableKeyPath<Faults, Double> & Sendable,
        code: String,
        status: Int,
        records: Int
    ) throws {
        var faults = Faults()
        faults[keyPath: fault] = 1
        let service = try orders(faults)

        let refusal = service.refusal(.putRecord, put)

        #expect(refusal?.code.name == code && refusal?.status == status)
        #expect(stored(service) == records)
    }

    @Test(
        arguments: [
            (\.connectionDroppedBeforeCommit, .dropped, 0), (\.connectionDropped, .dropped, 1),
            (\.requestHungBeforeCommit, .hung, 0), (\.requestHung, .hung, 1),
        ] as [(any WritableKeyPath<Faults, Double> & Sendable, KinesisService.Delivery, Int)]
    )
    func `an answer does not come, before or after the request is done`(
        fault: any WritableKeyPath<Faults, Double> & Sendable,
        delivery: KinesisService.Delivery,
        records: Int
    ) throws {
        var faults = Faults()
        faults[keyPath: fault] = 1
        let service = try orders(faults)

        #expect(try service.raw(.putRecord, service.wire.encode(put)).delivery == delivery)
        #expect(stored(service) == records)
    }

    @Test func `shards of every stream change on a timer and no record is lost`() throws {
        var faults = Faults(seed: 5)
        faults.reshardInterval = .seconds(1)
        let service = try orders(faults)
        for index in 0..<200 {
            service.now += 400
            try service.put("\(index)", key: "key-\(index % 7)")
        }

        let cell = service.service.registry.cell("orders", now: service.now)
        let (open, all, kept) = try #require(
            cell?.withState { stream in
                (stream.map.openCount, stream.map.all.count, stream.map.all.reduce(0) { $0 + $1.records.count })
            }
        )
        #expect((1...4).contains(open) && all > 20 && kept == 200)
    }

    // MARK: Documents

    private func refusal(_ document: WireValue) -> String? {
        do throws(ServiceError) {
            _ = try Faults(document: document)
            return nil
        } catch {
            return error.message
        }
    }

    @Test func `what is shown can be taken again`() throws {
        var faults = Faults(seed: .max, latency: .milliseconds(5), recordThrottled: 0.25, everyNthRecordThrottled: 3)
        faults.operations = ["PutRecords", "GetRecords"]
        faults.kmsError = .throttling
        faults.clockSkew = .seconds(-600)
        faults.answerBytesPerSecond = 10
        faults.reshardInterval = .seconds(2)
        faults.slowAnswerDelay = .milliseconds(7)

        let read = try KinesisWire.json.decode(KinesisWire.json.encode(faults.document))

        #expect(try Faults(document: read) == faults)
        #expect(try Faults(document: .map([])) == Faults())
        #expect(try Faults(document: Faults().document) == Faults())
    }

    @Test(
        arguments: [
            ("recordsThrottled", .double(0.1)), ("recordThrottled", .double(1.1)), ("recordThrottled", .double(-0.1)),
            ("recordThrottled", "0.1"), ("requestHung", true), ("everyNthRecordThrottled", 0),
            ("everyNthRecordThrottled", .double(1.5)), ("latencyMilliseconds", -1), ("latencyMilliseconds", 600_001),
            ("seed", -1), ("seed", "x"), ("operations", "PutRecords"), ("operations", ["Put"]), ("kmsError", "KMS"),
            ("clockSkewMilliseconds", 86_400_001), ("reshardMilliseconds", 0), ("answerBytesPerSecond", 0),
        ] as [(String, WireValue)]
    )
    func `a member that is unknown, or out of range, is named`(name: String, value: WireValue) {
        #expect(refusal(.map([(name, value)]))?.hasPrefix("\(name) ") == true)
    }

    @Test func `a document that is not taken changes nothing`() throws {
        let service = try orders(Faults(seed: 3))
        let router = RequestRouter(service.service)
        func put(_ path: String, _ text: String) -> RequestRouter.Reply {
            let head = HTTPRequestHead(version: .http1_1, method: .PUT, uri: path)
            return Array(text.utf8).withUnsafeBytes { router.reply(head, body: $0, now: service.now) }
        }

        for text in [#"{"recordThrottled":0.5,"other":1}"#, "[]", "{", ""] {
            #expect(put("/_faults", text).status == 400)
            #expect(service.service.dice.faults == Faults(seed: 3))
        }
        #expect(String(decoding: put("/_faults", #"{"other":1}"#).body, as: UTF8.self).contains("other is no fault"))
        #expect(put("/_faults", #"{"recordThrottled":0.5}"#).status == 204)
        #expect(service.service.dice.faults.recordThrottled == 0.5)
    }
}
