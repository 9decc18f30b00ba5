import ActivationCore
import Foundation
import HTTPTypes
import TestSupport
import Testing

@testable import ActivationServer

/// Requests by the thousand through the routes, none of which may be a fault of the server.
///
/// Every answer is one that the document knows, and the books balance afterwards. `HEADWATER_FUZZ_COUNT` sets how many.
@Suite struct RouteFuzzTests {
    private static let count = ProcessInfo.processInfo.environment["HEADWATER_FUZZ_COUNT"].flatMap { Int($0) } ?? 1_000

    private static func fuzzer(_ function: StaticString = #function) -> RequestFuzzer {
        RequestFuzzer(seed: TestSeed.next(function))
    }

    /// A world with a flow, and what one may answer.
    private struct Arena {
        var world: IngestWorld
        var flow: String
        var audience: String
        var statuses: [String: Set<Int>]

        init(_ world: IngestWorld) async throws {
            self.world = world
            let base = FlowWorld.base
            func id(_ path: String, _ body: JSONValue) async throws -> String {
                let answer = try await world.send(.post, path, body.text)
                return try #require(answer["id"]?.string, "\(answer.text)")
            }
            let profileBase = try await id(
                base + "/connections",
                ["name": "profile-base", "connectionSpec": FlowWorld.profileSpec]
            )
            let source = try await id(
                base + "/sourceConnections",
                [
                    "name": "s", "connectionSpec": FlowWorld.profileSpec,
                    "baseConnectionId": .string(profileBase),
                ]
            )
            let account = try await id(base + "/connections", FlowWorld.kinesisBody)
            let target = try await id(base + "/targetConnections", FlowWorld.targetBody(base: account))
            flow = try await id(base + "/flows", FlowWorld.flowBody(source: source, target: target))
            audience = try await id(
                "/data/core/ups/segment/definitions",
                ["name": "one", "expression": ["value": "a = 1"]]
            )
            statuses = Dictionary(
                OpenAPIDocument.operations.map { operation in
                    (operation.id, Set((operation.json["responses"]?.object ?? [:]).keys.compactMap { Int($0) }))
                }
            ) { first, _ in first }
        }

        /// What is wrong with an answer; nil when nothing is.
        func fault(_ answer: IngestWorld.Answer, of operation: String) -> String? {
            if answer.status >= 500 { return "\(answer.status): \(answer.text)" }
            if statuses[operation]?.contains(answer.status) != true {
                return "\(operation) answered \(answer.status), which the document does not know: \(answer.text)"
            }
            if answer.status >= 400, answer.errorCode == nil, answer["error_code"] == nil {
                return "\(answer.status) without a code: \(answer.text)"
            }
            return nil
        }

        /// A member of the audience comes in; the books of the flow must balance.
        func checkBooks() async throws {
            let line = #"{"identityMap":{"Email":[{"id":"a@x.org"}]},"a":1}"#
            #expect(try await world.send(.post, "/v1/profiles", line)["accepted"] == 1)
            let books = try await world.send(.get, "/v1/dataflows/\(flow)/stats")
            #expect(books["isBalanced"] == true, "\(books.text)")
        }
    }

    @Test func `JSON Patch`() async throws {
        try await IngestWorld.run { world in
            let arena = try await Arena(world)
            var fuzzer = RouteFuzzTests.fuzzer()
            let path = FlowWorld.base + "/flows/\(arena.flow)"
            var accepted = 0
            for _ in 0..<RouteFuzzTests.count {
                let etag = world.dependencies.control.entry(.flow, arena.flow)?.etag ?? ""
                let body = fuzzer.bytes(fuzzer.patch(audiences: [arena.audience, "none"]))
                let answer = try await world.send(.patch, path, bytes: body, headers: [(.ifMatch, etag)])
                let fault = arena.fault(answer, of: "updateFlow")
                try #require(fault == nil, "\(fault ?? "") for \(String(decoding: body, as: UTF8.self))")
                if answer.status == 202 { accepted += 1 }
            }
            print("\(RouteFuzzTests.count) patches, \(accepted) accepted")
            #expect(accepted > 0)
            #expect(accepted < RouteFuzzTests.count)
            try await arena.checkBooks()
        }
    }

    @Test func definitions() async throws {
        try await IngestWorld.run { world in
            let arena = try await Arena(world)
            var fuzzer = RouteFuzzTests.fuzzer()
            let path = "/data/core/ups/segment/definitions"
            var changed = arena.audience
            var accepted = 0
            for number in 0..<RouteFuzzTests.count {
                // What is changed keeps every member it is given, up to a mebibyte: another one from time to time.
                if number % 500 == 499 {
                    let body = #"{"name":"fresh \#(number)","expression":{"value":"a = 1"}}"#
                    let fresh = try await world.send(.post, path, body)
                    if changed != arena.audience { _ = try await world.send(.delete, "\(path)/\(changed)") }
                    changed = try #require(fresh["id"]?.string, "\(fresh.text)")
                }
                let isNew = fuzzer.oneIn(2)
                let body = fuzzer.bytes(fuzzer.definition())
                let answer = try await world.send(
                    isNew ? .post : .patch,
                    isNew ? path : "\(path)/\(changed)",
                    bytes: body
                )
                let fault = arena.fault(answer, of: isNew ? "createSegmentDefinition" : "updateSegmentDefinition")
                try #require(fault == nil, "\(fault ?? "") for \(String(decoding: body, as: UTF8.self))")
                guard answer.status == 200 else { continue }
                accepted += 1
                // Lists stay short, so that a million takes minutes.
                if isNew, let id = answer["id"]?.string {
                    let deleted = try await world.send(.delete, "\(path)/\(id)")
                    #expect([200, 409].contains(deleted.status), "\(deleted.text)")
                }
            }
            print("\(RouteFuzzTests.count) definitions, \(accepted) accepted")
            #expect(accepted > 0)
            #expect(accepted < RouteFuzzTests.count)
            try await arena.checkBooks()
        }
    }

    @Test func `query strings`() async throws {
        try await IngestWorld.run { world in
            let arena = try await Arena(world)
            var fuzzer = RouteFuzzTests.fuzzer()
            let reads = OpenAPIDocument.operations.filter { operation in
                operation.method == "get" || ["actOnFlow", "ingestProfiles", "ingestEvents"].contains(operation.id)
            }
            var accepted = 0
            for _ in 0..<RouteFuzzTests.count {
                let operation = fuzzer.pick(reads)
                let id =
                    fuzzer.oneIn(3) ? "nobody" : operation.path.contains("definitions") ? arena.audience : arena.flow
                let path = operation.path.replacing("{id}", with: id) + "?" + fuzzer.query()
                let answer = try await world.send(operation.method == "get" ? .get : .post, path, bytes: nil)
                let fault = arena.fault(answer, of: operation.id)
                try #require(fault == nil, "\(fault ?? "") for \(operation.method) \(path)")
                if answer.status < 300 { accepted += 1 }
            }
            print("\(RouteFuzzTests.count) queries, \(accepted) accepted")
            #expect(accepted > 0)
            #expect(accepted < RouteFuzzTests.count)
            try await arena.checkBooks()
        }
    }
}
