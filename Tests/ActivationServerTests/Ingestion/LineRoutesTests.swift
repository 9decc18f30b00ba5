import ActivationCore
import ActivationEngine
import HTTPTypes
import Synchronization
import TestSupport
import Testing

@testable import ActivationServer

@Suite struct LineRoutesTests {
    private func record(_ email: String, _ name: String = "Mira") -> String {
        #"{"identityMap":{"Email":[{"id":"\#(email)"}]},"person":{"name":{"firstName":"\#(name)"}}}"#
    }

    private func event(_ email: String, _ id: String) -> String {
        #"{"_id":"\#(id)","timestamp":"2026-03-02T09:15:04Z","identityMap":{"Email":[{"id":"\#(email)"}]}}"#
    }

    @Test func `every good line is stored and every bad one says why`() async throws {
        try await IngestWorld.run { world in
            let lines = [
                record("a@x.org"), "", "{", #"{"identityMap":{}}"#, record("b@x.org"),
                #"{"identityMap":{"Nobody":[{"id":"1"}]}}"#, #"{"identityMap":{"ECID":[{"id":"12"}]}}"#, "[]",
            ]

            let answer = try await world.send(.post, "/v1/profiles", lines.joined(separator: "\r\n"))

            #expect(answer.status == 200)
            #expect(answer["accepted"] == 2)
            #expect(answer["failed"] == 5)
            #expect(answer["duplicates"] == 0)
            #expect(answer["errorsTruncated"] == false)
            let errors = answer["errors"]?.array ?? []
            #expect(errors.compactMap { $0["line"]?.int64 } == [3, 4, 6, 7, 8])
            #expect(
                errors.compactMap { $0["code"]?.string } == [
                    "JSON_INVALID", "IDENTITY_MISSING", "NAMESPACE_UNKNOWN", "ECID_INVALID", "NOT_AN_OBJECT",
                ]
            )
            let stored = try await world.dependencies.engine.profile(Identity(namespace: "Email", value: "b@x.org"))
            #expect(stored != nil)
        }
    }

    @Test func `an event that is sent again counts once`() async throws {
        try await IngestWorld.run { world in
            let body = [event("a@x.org", "1"), event("a@x.org", "2"), event("a@x.org", "1")].joined(separator: "\n")

            let first = try await world.send(.post, "/v1/events", body)
            let again = try await world.send(.post, "/v1/events", body)

            #expect(first["accepted"] == 2)
            #expect(first["duplicates"] == 1)
            #expect(again["accepted"] == 0)
            #expect(again["duplicates"] == 3)
        }
    }

    @Test func `bodies that are deep, oversized, not UTF-8 or of the wrong types fail by line`() async throws {
        try await IngestWorld.run { world in
            let identity = #""identityMap":{"Email":[{"id":"secret@x.org"}]}"#
            let deep =
                "{\(identity),\"a\":" + String(repeating: "[", count: 70) + String(repeating: "]", count: 70) + "}"
            let large = "{\(identity),\"a\":\"" + String(repeating: "x", count: Limits.recordBytesMax) + "\"}"
            var bytes = Array("\(deep)\n\(large)\n".utf8)
            bytes += Array("{\(identity),\"a\":\"".utf8) + [0xff, 0xfe] + Array("\"}\n".utf8)
            bytes += Array(#"{"identityMap":"secret@x.org"}"#.utf8) + Array("\n".utf8)
            bytes += Array(record("good@x.org").utf8)

            let answer = try await world.send(.post, "/v1/profiles", bytes: bytes)

            #expect(answer["accepted"] == 1)
            #expect(
                answer["errors"]?.array?.compactMap { $0["code"]?.string } == [
                    "JSON_INVALID", "RECORD_TOO_LARGE", "JSON_INVALID", "WRONG_TYPE",
                ]
            )
            #expect(!answer.text.contains("secret"))
        }
    }

    @Test func `an event needs an id and a time`() async throws {
        try await IngestWorld.run { world in
            let body = [
                record("a@x.org"),
                #"{"_id":"","timestamp":"2026-03-02T09:15:04Z","identityMap":{"Email":[{"id":"a"}]}}"#,
                #"{"_id":"1","timestamp":"yesterday","identityMap":{"Email":[{"id":"a"}]}}"#,
            ]

            let answer = try await world.send(.post, "/v1/events", body.joined(separator: "\n"))

            #expect(
                answer["errors"]?.array?.compactMap { $0["code"]?.string } == [
                    "EVENT_ID_MISSING", "EVENT_ID_MISSING", "TIMESTAMP_INVALID",
                ]
            )
        }
    }

    @Test func `only the first thousand failures are listed`() async throws {
        try await IngestWorld.run { world in
            let answer = try await world.send(.post, "/v1/profiles", String(repeating: "x\n", count: 1_500))

            #expect(answer["failed"] == 1_500)
            #expect(answer["errors"]?.array?.count == 1_000)
            #expect(answer["errors"]?[999]?["line"] == 1_000)
            #expect(answer["errorsTruncated"] == true)
        }
    }

    @Test func `gzip is expanded and broken gzip is refused`() async throws {
        try await IngestWorld.run { world in
            let body = (0..<3_000).map { record("p\($0)@x.org") }.joined(separator: "\n")
            let packed = Gzip.compress(Array(body.utf8))
            let gzip: [(HTTPField.Name, String)] = [(.contentEncoding, "gzip")]

            let good = try await world.send(.post, "/v1/profiles", bytes: packed, headers: gzip)
            let cut = try await world.send(.post, "/v1/profiles", bytes: Array(packed.dropLast(20)), headers: gzip)
            let none = try await world.send(.post, "/v1/profiles", bytes: Array(body.utf8), headers: gzip)
            let other = try await world.send(.post, "/v1/profiles", bytes: packed, headers: [(.contentEncoding, "br")])

            #expect(good["accepted"] == 3_000)
            #expect(cut.status == 400)
            #expect(cut.errorCode == "BODY_NOT_GZIP")
            #expect(none.status == 400)
            #expect(none["settledThroughLine"] == 0)
            #expect(other.status == 415)
        }
    }

    @Test func `a dataset registers on first use until there are forty`() async throws {
        try await IngestWorld.run { world in
            for number in 0..<Limits.datasetsMax {
                let answer = try await world.send(.post, "/v1/profiles?dataset=d\(number)", record("a@x.org"))
                #expect(answer["accepted"] == 1)
            }

            let refused = try await world.send(.post, "/v1/profiles?dataset=one-more", record("a@x.org"))
            let known = try await world.send(.post, "/v1/profiles?dataset=d7", record("a@x.org"))
            let unnamed = try await world.send(.post, "/v1/profiles?dataset=", record("a@x.org"))

            #expect(refused.status == 409)
            #expect(refused.errorCode == "DATASETS_TOO_MANY")
            #expect(known.status == 200)
            #expect(unnamed.status == 400)
        }
    }

    @Test func `an overloaded engine answers 429 with Retry-After before anything is stored`() async throws {
        let engine = ScriptedEngine { _, _ throws(EngineError) in
            throw EngineError(.overloaded, "the lane is full", retryAfterSeconds: 7)
        }
        try await IngestWorld.run(engine: engine) { world in
            let answer = try await world.send(.post, "/v1/profiles", record("a@x.org"))

            #expect(answer.status == 429)
            #expect(answer.headers[.retryAfter] == "7")
            #expect(answer["settledThroughLine"] == 0)
            #expect(engine.offered.count == 1)
        }
    }

    @Test func `a server that takes no messages says so before it reads`() async throws {
        try await IngestWorld.run(engine: ScriptedEngine(isAccepting: false)) { world in
            let answer = try await world.send(.post, "/v1/profiles", record("a@x.org"))
            let ready = try await world.send(.get, "/ready")

            #expect(answer.status == 503)
            #expect(answer.headers[.retryAfter] != nil)
            #expect(ready.status == 503)
            #expect(ready["reason"]?.string != nil)
        }
    }

    @Test func `a full disk in the middle says which lines are durable`() async throws {
        let engine = ScriptedEngine { number, messages throws(EngineError) in
            guard number < 2 else { throw EngineError(.storageFull, "the disk is full") }
            return messages.map { _ in .accepted }
        }
        try await IngestWorld.run(engine: engine) { world in
            let body = (0..<5_000).map { record("p\($0)@x.org") }.joined(separator: "\n")

            let answer = try await world.send(.post, "/v1/profiles", body)

            let stored = engine.offered.prefix(2).reduce(0) { $0 + $1.count }
            #expect(answer.status == 507)
            #expect(answer["settledThroughLine"]?.int64 == Int64(stored))
            #expect(answer["accepted"]?.int64 == Int64(stored))
            #expect(answer["detail"]?.string?.contains("lines 1 to \(stored)") == true)
        }
    }

    @Test func `lines reach the engine in their order, in bounded batches`() async throws {
        let engine = ScriptedEngine()
        try await IngestWorld.run(engine: engine) { world in
            let body = (0..<4_000).map { record("p\($0)@x.org") }.joined(separator: "\n")

            let answer = try await world.send(.post, "/v1/profiles", body)

            #expect(answer["accepted"] == 4_000)
            let values = engine.offered.flatMap { $0 }.compactMap { $0.identities.first?.value }
            #expect(values == (0..<4_000).map { "p\($0)@x.org" })
            // One piece of the body may complete a batch with more lines than that.
            #expect(engine.offered.allSatisfy { $0.count < 2 * IngestionLimits.batchLinesMax })
        }
    }

    @Test func `a request needs a token and nothing else`() async throws {
        try await IngestWorld.run { world in
            let without = try await world.send(.post, "/v1/profiles", bytes: [], isSigned: false)
            let with = try await world.send(
                .post,
                "/v1/profiles",
                bytes: Array(record("a@x.org").utf8),
                headers: [(.authorization, "Bearer \(world.token)")],
                isSigned: false
            )

            #expect(without.status == 403)
            #expect(without["error_code"] == "403010")
            #expect(with["accepted"] == 1)
        }
    }
}
