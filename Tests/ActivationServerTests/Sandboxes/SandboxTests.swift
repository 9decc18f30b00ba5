import ActivationCore
import HTTPTypes
import Testing

@testable import ActivationServer

/// Sandboxes that are made, used, emptied and removed (BEHAVIOUR 8.6).
@Suite(.timeLimit(.minutes(5))) struct SandboxTests {
    private let entities = "/data/core/ups/access/entities?schema.name=_xdm.context.profile&entityIdNS=Email&entityId="

    private func state(_ id: String) -> String {
        #"{"identityMap":{"Email":[{"id":"\#(id)","primary":true}]},"person":{"name":{"firstName":"A"}}}"#
    }

    @Test func `what is in one sandbox is in no other`() async throws {
        try await IngestWorld.runSandboxes(["dev", "qa"]) { world in
            let program = try await world.program(in: ["prod", "dev", "qa"])
            let lines = try await program.send(.post, "/v1/profiles", state("a@x.org"), in: "dev")
            #expect(lines["accepted"] == 1, "\(lines.text)")
            for (sandbox, status) in [("dev", 200), ("qa", 404), ("prod", 404)] {
                #expect(try await program.send(.get, entities + "a%40x.org", in: sandbox).status == status)
            }
            #expect(try await program.send(.get, entities + "a%40x.org", in: nil).status == 404)
            let audience = try await program.send(
                .post,
                "/data/core/ups/segment/definitions",
                #"{"name":"A","expression":{"type":"PQL","format":"pql/text","value":"person.age > 1"}}"#,
                in: "qa"
            )
            #expect(audience["sandbox"]?["sandboxName"] == "qa")
            #expect(audience["sandbox"]?["default"] == false)
            #expect(audience["imsOrgId"]?.string == world.start.orgID)
            #expect(try await program.send(.get, "/data/core/ups/segment/definitions", in: "dev")["segments"] == [])
        }
    }

    @Test func `a new sandbox lets in administrators alone until a role counts in it`() async throws {
        try await IngestWorld.runSandboxes(["dev"]) { world in
            let program = try await world.program(in: ["prod"])
            let definitions = "/data/core/ups/segment/definitions"
            let unknown = try await program.send(.get, definitions, in: "nowhere")
            let known = try await program.send(.get, definitions, in: "dev")
            #expect(known.status == 404)
            #expect(known.errorCode == "2100-404")
            #expect(known["detail"] == unknown["detail"])
            #expect(try await world.send(.get, definitions, headers: [(.sandboxName, "dev")]).status == 200)

            let role = try await world.send(
                .patch,
                "/data/foundation/access-control/administration/roles/\(program.role)",
                #"[{"op":"add","path":"/sandboxes/-","value":"dev"}]"#
            )
            #expect(role["sandboxes"] == ["prod", "dev"], "\(role.text)")
            #expect(try await program.send(.get, definitions, in: "dev").status == 200)
        }
    }

    @Test func `a role allows in its sandboxes what it says, and nothing of the organisation's`() async throws {
        try await IngestWorld.runSandboxes(["dev"]) { world in
            let all = try await world.program(in: ["dev"])
            let viewer = try await world.program([.viewAudiences], in: ["prod"])
            for path in ["/v1/credentials", "/v1/users", IngestWorld.sandboxes] {
                #expect(try await all.send(.get, path, in: "dev").errorCode == "2120-403")
            }
            let own = try await all.send(.get, "/data/foundation/sandbox-management", in: nil)
            #expect(own["sandboxes"]?.array?.compactMap { $0["name"]?.string } == ["dev"])
            #expect(try await all.send(.get, "/data/core/ups/segment/definitions", in: nil).status == 403)
            let asked = #"["/permissions/view-segments","/permissions/administer","/permissions/manage-sandboxes"]"#
            let policies = "/data/foundation/access-control/acl/effective-policies"
            let held = try await all.send(.post, policies, asked, in: "dev")
            #expect(held["policies"] == ["/permissions/view-segments": ["*"]])
            #expect(try await viewer.send(.get, "/data/core/ups/config/mergePolicies", in: nil).status == 403)
        }
    }

    @Test func `an emptied sandbox has nothing of before, and who may use it stays`() async throws {
        let store = MemorySandboxes()
        try await IngestWorld.runSandboxes(["dev"], store: store) { world in
            let program = try await world.program(in: ["dev"])
            _ = try await program.send(.post, "/v1/profiles", state("a@x.org"), in: "dev")
            let answer = try await world.send(.put, "\(IngestWorld.sandboxes)/dev", #"{"action":"reset"}"#)
            #expect(answer.status == 202)
            #expect(answer["state"] == "resetting")
            try await world.settle(try #require(answer["id"]?.string))
            #expect(try await world.send(.get, "\(IngestWorld.sandboxes)/dev")["state"] == "active")
            #expect(try await program.send(.get, entities + "a%40x.org", in: "dev").status == 404)
            let changes = try await program.send(.get, "/v1/changes", in: "dev")
            #expect(changes["items"]?.array?.count ?? 0 <= 2, "\(changes.text)")
        }
    }

    @Test func `a deleted sandbox is gone, and roles do not let into a new one of its name`() async throws {
        let store = MemorySandboxes()
        try await IngestWorld.runSandboxes(["dev"], store: store) { world in
            let program = try await world.program(in: ["prod", "dev"])
            let answer = try await world.send(.delete, "\(IngestWorld.sandboxes)/dev")
            #expect(answer.status == 202)
            try await world.settle(try #require(answer["id"]?.string))
            #expect(store.kept.isEmpty)
            #expect(try await world.send(.get, "\(IngestWorld.sandboxes)/dev").errorCode == "2100-404")
            try await world.makeSandbox("dev")
            #expect(try await program.send(.get, "/v1/changes", in: "dev").errorCode == "2100-404")
            #expect(try await program.send(.get, "/v1/changes", in: "prod").status == 200)
        }
    }

    @Test func `a sandbox that sends is neither emptied nor deleted unless that is asked for`() async throws {
        try await IngestWorld.runSandboxes(["dev"]) { world in
            let dev = try world.sandbox("dev").dependencies.control
            _ = try await dev.write(by: .server) { draft throws(APIError) in
                try draft.insert(.flow, body: ["name": "f", "state": .string(FlowState.enabled)])
            }
            let path = "\(IngestWorld.sandboxes)/dev"
            #expect(try await world.send(.delete, path).errorCode == "SANDBOX_SENDS")
            #expect(try await world.send(.put, path, #"{"action":"reset"}"#).errorCode == "SANDBOX_SENDS")
            let tried = try await world.send(.delete, path + "?ignoreWarnings=true&validationOnly=true")
            #expect(tried.status == 200)
            #expect(try await world.send(.get, path)["state"] == "active")
            #expect(try await world.send(.delete, path + "?ignoreWarnings=true").status == 202)
        }
    }

    @Test func `the default sandbox is neither emptied nor deleted, and can be renamed`() async throws {
        try await IngestWorld.runSandboxes { world in
            let path = "\(IngestWorld.sandboxes)/prod"
            #expect(try await world.send(.delete, path).errorCode == "CONFLICT")
            #expect(try await world.send(.put, path, #"{"action":"reset"}"#).errorCode == "CONFLICT")
            #expect(try await world.send(.patch, path, #"{"title":"Shop"}"#)["title"] == "Shop")
            let list = try await world.send(.get, "\(IngestWorld.sandboxes)?limit=1&offset=0")
            #expect(list["sandboxes"]?[0]?["title"] == "Shop")
            #expect(list["sandboxes"]?[0]?["isDefault"] == true)
        }
    }

    @Test(arguments: [
        #"{"name":"Dev","title":"t","type":"development"}"#, #"{"name":"-a","title":"t","type":"development"}"#,
        #"{"name":"","title":"t","type":"development"}"#, #"{"name":"a","title":" ","type":"development"}"#,
        #"{"name":"a","title":"t","type":"other"}"#, #"{"name":"a","title":"t"}"#, #"{"name":"a/b","title":"t"}"#, "[]",
    ])
    func `what cannot be a sandbox is refused`(body: String) async throws {
        try await IngestWorld.runSandboxes { world in
            let answer = try await world.send(.post, IngestWorld.sandboxes, body)
            #expect(answer.status == 400, "\(answer.text)")
            #expect(world.dependencies.control.entries(.sandbox).isEmpty)
        }
    }

    @Test func `there is one of a name, and no more than there may be`() async throws {
        try await IngestWorld.runSandboxes(["a", "b", "c", "d"]) { world in
            let more = try await world.send(
                .post,
                IngestWorld.sandboxes,
                #"{"name":"e","title":"t","type":"production"}"#
            )
            #expect(more.errorCode == "CONFLICT")
            for name in ["a", "prod"] {
                let again = #"{"name":"\#(name)","title":"t","type":"production"}"#
                #expect(try await world.send(.post, IngestWorld.sandboxes, again).errorCode == "CONFLICT")
            }
        }
    }

    @Test func `one that cannot be opened is failed, and can be deleted`() async throws {
        let store = MemorySandboxes()
        try await IngestWorld.runSandboxes(store: store) { world in
            store.isFull = true
            let made = try await world.send(
                .post,
                IngestWorld.sandboxes,
                #"{"name":"dev","title":"t","type":"development"}"#
            )
            let id = try #require(made["id"]?.string)
            try await world.settle(id)
            let path = "\(IngestWorld.sandboxes)/dev"
            #expect(try await world.send(.get, path)["state"] == "failed")
            let asked = try await world.send(.get, "/v1/changes", headers: [(.sandboxName, "dev")])
            #expect(asked.status == 503)
            #expect(asked.errorCode == "SANDBOX_BUSY")
            #expect(try await world.send(.delete, path).status == 202)
            try await world.settle(id)
            #expect(try await world.send(.get, path).status == 404)
        }
    }

    @Test func `one that fails is tried again, and runs when what was in the way is gone`() async throws {
        let store = MemorySandboxes()
        try await IngestWorld.runSandboxes(["dev"], store: store) { world in
            let id = try #require(world.dependencies.control.entries(.sandbox).first?.id)
            await world.dependencies.sandboxes.shutAll()
            store.isFull = true
            let again = SandboxDesk(store: store, retryDelay: .milliseconds(1))
            await again.settle(id, of: world.dependencies)
            #expect(again.failedCount == 1 && again.world(named: "dev") == nil)
            let tries = store.opened
            while store.opened < tries + 2 { await Task.yield() }
            store.isFull = false
            while again.world(named: "dev") == nil { await Task.yield() }
            #expect(again.failedCount == 0)
            await again.shutAll()
        }
    }

    @Test func `one whose engine ends by itself is opened again`() async throws {
        let store = MemorySandboxes()
        try await IngestWorld.runSandboxes(["dev"], store: store) { world in
            let id = try #require(world.dependencies.control.entries(.sandbox).first?.id)
            let (desk, opened) = (world.dependencies.sandboxes, store.opened)
            let dataset = try await world.dataset(in: "dev")
            let inlet = try await world.inlet(in: "dev")
            let message =
                #"{"header":{"datasetId":"\#(dataset)"},"body":{"xdmEntity":\#(state("i@x.org"))}}"#

            store.loseNextWrite(of: id)
            let lost = try await world.send(.post, "/collection/\(inlet)", message)
            #expect(lost.status == 503)
            while store.opened == opened || desk.world(named: "dev") == nil { await Task.yield() }
            #expect(desk.failedCount == 0)
            #expect(try await world.send(.post, "/collection/\(inlet)", message).status == 200)
        }
    }

    @Test func `one whose store is lost is not made anew in its place`() async throws {
        let store = MemorySandboxes()
        try await IngestWorld.runSandboxes(["dev"], store: store) { world in
            let id = try #require(world.dependencies.control.entries(.sandbox).first?.id)
            await world.dependencies.sandboxes.shutAll()
            store.lose(id)
            let again = SandboxDesk(store: store)
            await again.settle(id, of: world.dependencies)
            #expect(again.world(named: "dev") == nil)
            #expect(again.worlds.isEmpty)
            #expect(store.kept.isEmpty)
            let sandbox = try #require(world.dependencies.control.whole.sandbox(named: "dev"))
            #expect(again.shown(sandbox).state == .failed)
        }
    }

    @Test(arguments: [Sandbox.State.creating, .resetting, .deleting])
    func `a start goes on with what was cut off`(state: Sandbox.State) async throws {
        let store = MemorySandboxes()
        try await IngestWorld.runSandboxes(["dev"], store: store) { world in
            let entry = try #require(world.dependencies.control.entries(.sandbox).first)
            await world.dependencies.sandboxes.shutAll()
            try await world.dependencies.control.write(by: .server) { draft throws(APIError) in
                var body = entry.body
                body["state"] = .string(state.rawValue)
                try draft.replace(entry, body: body)
            }
            let again = SandboxDesk(store: store)
            await again.openAll(of: world.dependencies)
            #expect((again.world(named: "dev") == nil) == (state == .deleting))
            let left = world.dependencies.control.entries(.sandbox).compactMap(Sandbox.init)
            #expect(left.map(\.state) == (state == .deleting ? [] : [.active]))
            #expect(store.kept.isEmpty == (state == .deleting))
            await again.shutAll()
        }
    }

    @Test func `an inlet takes to its own sandbox, whatever the header says`() async throws {
        try await IngestWorld.runSandboxes(["dev"]) { world in
            let id = try await world.inlet(in: "dev")
            let dataset = try await world.dataset(in: "dev")
            let message =
                #"{"header":{"datasetId":"\#(dataset)"},"body":{"xdmEntity":\#(state("i@x.org"))}}"#
            let outsider = try await world.program(in: ["prod"])
            let refused = try await outsider.send(.post, "/collection/\(id)", message, in: nil)
            let unknown = try await outsider.send(
                .post,
                "/collection/0123456789abcdef0123456789abcdef",
                message,
                in: nil
            )
            #expect(refused.status == 404)
            #expect(refused["detail"] == unknown["detail"])
            let insider = try await world.program(in: ["dev"])
            let taken = try await insider.send(.post, "/collection/\(id)", message, in: nil)
            #expect(taken.status == 200, "\(taken.text)")
            #expect(try await insider.send(.get, entities + "i%40x.org", in: "dev").status == 200)
            #expect(try await world.send(.get, entities + "i%40x.org").status == 404)
        }
    }
}
