import ActivationCore
import ActivationEngine
import Crypto
import HTTPTypes
import Synchronization
import TestSupport
import Testing

@testable import ActivationServer

/// Store, memory and engine tell one configuration, and one bad object keeps no other from working.
@Suite struct QuarantineTests {
    private static func fill(_ paths: inout PathDictionary) {
        var number = 0
        while paths.count < Limits.attributePathsMax {
            _ = paths.intern(["filler", "f\(number)"])
            number += 1
        }
    }

    /// The configuration of a world, opened again as a start does.
    private static func reopen(_ world: FlowWorld, _ engine: RecordingEngine) async throws -> ControlPlane {
        let control = try await ControlPlane(
            store: world.storage,
            keys: world.dependencies.keys,
            time: world.clock,
            logger: world.dependencies.logger
        )
        try await control.connect(to: engine)
        return control
    }

    /// Puts another expression into the store, as another version of the program may have done.
    private static func spoil(_ audience: String, in storage: InMemoryStorage) async throws {
        let stored = try #require(
            try await storage.object(kind: "segmentDefinition", id: audience, scope: .production)
        )
        var body = try JSONValue(parsing: stored.body)
        body["expression"] = ["type": "PQL", "format": "pql/text", "value": "person.age >>> 18"]
        var changed = stored
        changed.etag = "spoilt-2"
        changed.body = Array(body.text.utf8)
        try await storage.apply([.update(changed, expectedEtag: stored.etag)], scope: .production)
    }

    @Test func `a mapping beyond the path limit is refused, not stored, and others still go in`() async throws {
        try await FlowWorld.run { world in
            let (flow, _) = try await world.makeFlow()
            world.engine.state.withLock { QuarantineTests.fill(&$0.paths) }
            let before = try await world.storage.object(kind: "flow", id: flow.id, scope: .production)

            let refused = try await world.patchFlow(
                flow.id,
                [FlowWorld.add(FlowWorld.attributes + "/-", FlowWorld.attribute("never.seen"))]
            )
            let after = try await world.storage.object(kind: "flow", id: flow.id, scope: .production)
            let shown = try await world.flow(.get, "/flows/\(flow.id)")
            let known = try await world.patchFlow(
                flow.id,
                [FlowWorld.add(FlowWorld.attributes + "/-", FlowWorld.attribute("filler.f1"))]
            )
            let engine = RecordingEngine()
            engine.state.withLock { QuarantineTests.fill(&$0.paths) }
            let reopened = try await QuarantineTests.reopen(world, engine)

            #expect(refused.status == 400)
            #expect(refused.detail.contains("65536"))
            #expect(after == before)
            #expect(shown.item["etag"]?.string == flow.etag)
            #expect(known.status == 202)
            #expect(reopened.quarantine.isEmpty)
        }
    }

    @Test func `what is not stored is not decided by`() async throws {
        try await FlowWorld.run { world in
            let (flow, _) = try await world.makeFlow()
            world.storage.failNextWrite(with: StorageError(.full, "UPDATE control SET"))

            let refused = try await world.flow(.post, "/flows/\(flow.id)/action?op=disable")

            #expect(refused.status == 507)
            #expect(!refused.text.contains("UPDATE"), "what goes on inside the store is for the log")
            #expect(world.log.lines.contains { $0.contains("UPDATE control SET") })
            #expect(world.engine.catalog?.dataflows.first?.isEnabled == true)
            #expect(try await world.flow(.get, "/flows/\(flow.id)").item["state"] == "enabled")
        }
    }

    @Test func `an error after the commit is followed by what the store holds`() async throws {
        let store = ForgetfulStore()
        let engine = RecordingEngine()
        let control = try await ControlPlane(
            store: store,
            keys: ServerKeys(tokenKey: .init(size: .bits256), dataKey: .init(size: .bits256)),
            time: FlowWorld.Clock(),
            logger: LogBook().logger
        )
        _ = try await control.firstStart(record: { _ in })
        try await control.connect(to: engine)
        store.answersWrong()

        await #expect(throws: APIError.self) {
            _ = try await control.write { draft throws(APIError) in
                try draft.insert(
                    .namespace,
                    id: "10000000",
                    body: ["code": "Till", "name": "Till", "idType": "DEVICE"]
                )
            }
        }

        #expect(control.snapshot.namespaces.namespace(symbol: "Till") != nil)
        #expect(engine.catalog?.namespaces.namespace(symbol: "Till") != nil)
    }

    @Test func `an audience that cannot be read any more is left out with its dataflows, the others go on`()
        async throws
    {
        try await FlowWorld.run { world in
            let good = try await world.makeAudience("Good")
            let bad = try await world.makeAudience("Bad")
            let (flow, parts) = try await world.makeFlow()
            let other = try await world.flow(
                .post,
                "/flows",
                FlowWorld.flowBody(source: parts.source, target: parts.target, name: "other")
            )
            for (id, audience) in [(flow.id, bad), (other.id, good)] {
                let mapped = try await world.patchFlow(
                    id,
                    [FlowWorld.add(FlowWorld.segments + "/-", FlowWorld.segment(audience))]
                )
                #expect(mapped.status == 202)
            }
            try await QuarantineTests.spoil(bad, in: world.storage)

            let engine = RecordingEngine()
            let control = try await QuarantineTests.reopen(world, engine)

            let catalog = try #require(engine.catalog)
            #expect(catalog.audiences.map(\.id.uuid.description) == [good])
            #expect(catalog.unusableAudiences.map(\.uuid.description) == [bad])
            #expect(catalog.dataflows.map(\.id.uuid.description) == [other.id])
            let badFlow = try #require(control.entry(.flow, flow.id))
            let badAudience = try #require(control.entry(.segmentDefinition, bad))
            let state = HeadwaterState(.disabled, leftOut: control.quarantine.reason(badFlow)).json
            #expect(state["state"] == "paused")
            #expect(state["code"] == "CONFIGURATION_INVALID")
            #expect(state["message"]?.string?.contains(bad) == true)
            #expect(control.quarantine.reason(badAudience)?.message.contains("line 1, column") == true)
            #expect(world.log.lines.count { $0.contains("CONFIGURATION_INVALID") } == 2)
        }
    }

    @Test func `a change elsewhere goes in while something is left out, and the cure brings everything back`()
        async throws
    {
        try await FlowWorld.run { world in
            let bad = try await world.makeAudience("Bad")
            let (flow, _) = try await world.makeFlow()
            _ = try await world.patchFlow(
                flow.id,
                [FlowWorld.add(FlowWorld.segments + "/-", FlowWorld.segment(bad))]
            )
            try await QuarantineTests.spoil(bad, in: world.storage)
            let engine = RecordingEngine()
            let control = try await QuarantineTests.reopen(world, engine)
            let entry = try #require(control.entry(.segmentDefinition, bad))

            _ = try await control.write { draft throws(APIError) in
                try draft.insert(
                    .namespace,
                    id: "10000000",
                    body: ["code": "Till", "name": "Till", "idType": "DEVICE"]
                )
            }
            let dataflowsThen = engine.catalog?.dataflows.count
            let isLeftOutThen = control.quarantine.reason(entry) != nil
            _ = try await control.write { draft throws(APIError) in
                var body = entry.body
                body["expression"] = ["type": "PQL", "format": "pql/text", "value": "person.age > 18"]
                try draft.replace(entry, body: body)
            }

            #expect(engine.catalog?.namespaces.namespace(symbol: "Till") != nil)
            #expect(dataflowsThen == 0)
            #expect(isLeftOutThen)
            #expect(control.quarantine.isEmpty)
            #expect(engine.catalog?.dataflows.map(\.id.uuid.description) == [flow.id])
            #expect(engine.catalog?.unusableAudiences.isEmpty == true)
        }
    }

    @Test func `a flow that cannot be used says so, and enabling it does not help`() async throws {
        try await FlowWorld.run { world in
            let bad = try await world.makeAudience("Bad")
            let (flow, _) = try await world.makeFlow()
            _ = try await world.patchFlow(
                flow.id,
                [FlowWorld.add(FlowWorld.segments + "/-", FlowWorld.segment(bad))]
            )
            try await QuarantineTests.spoil(bad, in: world.storage)
            // Reads the store again, as after an error that does not say what became of a write.
            world.storage.failNextWrite(with: StorageError(.io, "gone"))
            _ = try await world.flow(.post, "/flows/\(flow.id)/action?op=disable")

            let shown = try await world.flow(.get, "/flows/\(flow.id)")
            let definition = try await world.send(.get, "/data/core/ups/segment/definitions/\(bad)")
            let enabled = try await world.flow(.post, "/flows/\(flow.id)/action?op=enable")

            #expect(shown.item["headwaterState"]?["code"] == "CONFIGURATION_INVALID")
            #expect(definition["headwaterState"]?["code"] == "CONFIGURATION_INVALID")
            #expect(enabled.errorCode == "1422-400")
        }
    }
}

/// A store that performs one write and then says that it could not.
private final class ForgetfulStore: ControlStore {
    private let storage = InMemoryStorage()
    private let isWrong = Flag()

    func answersWrong() { isWrong.set() }

    func objects(kind: String, scope: Scope) async throws(StorageError) -> [ControlObject] {
        try await storage.objects(kind: kind, scope: scope)
    }
    func object(kind: String, id: String, scope: Scope) async throws(StorageError) -> ControlObject? {
        try await storage.object(kind: kind, id: id, scope: scope)
    }
    func apply(
        _ changes: [ControlChange],
        history: [ConfigurationChange],
        scope: Scope
    ) async throws(StorageError) {
        try await storage.apply(changes, history: history, scope: scope)
        if isWrong.takes() { throw StorageError(.io, "who knows") }
    }
    func historyStart(at instant: Timestamp) async throws(StorageError) -> Int64 {
        try await storage.historyStart(at: instant)
    }

    func history(_ request: ConfigurationChangesRequest) async throws(StorageError) -> [ConfigurationChange] {
        try await storage.history(request)
    }
}
