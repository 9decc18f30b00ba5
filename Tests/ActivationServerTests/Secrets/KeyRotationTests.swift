import ActivationCore
import ActivationEngine
import Crypto
import Glibc
import HTTPTypes
import Synchronization
import TestSupport
import Testing

@testable import ActivationServer

/// Keys that are replaced while the server runs (BEHAVIOUR 8.7).
struct KeyRotationTests {
    private static let day: Int64 = 86_400_000

    /// Looks until nothing is left to do.
    private static func look(_ world: FlowWorld) async {
        await world.dependencies.keeper.look(of: world.dependencies)
    }

    private static func rotate(_ world: FlowWorld, _ key: String, _ query: String = "") async throws -> FlowWorld.Answer
    {
        try await world.send(.post, "/v1/keys/\(key)/rotate\(query)")
    }

    private static func key(_ name: String, _ world: FlowWorld) async throws -> JSONValue {
        let items = try await world.send(.get, "/v1/keys")["items"]?.array ?? []
        return items.first { $0["key"]?.string == name } ?? .null
    }

    @Test func `a new data key encrypts every secret anew, and then the one before is gone`() async throws {
        try await FlowWorld.run { world in
            let (flow, parts) = try await world.makeFlow()
            let id = Dataflow.ID(uuid: try #require(UUIDBytes(flow.id)))
            // Records wait for the account as it was.
            world.engine.state.withLock { $0.lastRow = 7 }
            let etag = try await world.flow(.get, "/connections/\(parts.kinesisBase)").item["etag"]?.string
            let moved = try await world.flow(
                .patch,
                "/connections/\(parts.kinesisBase)",
                [["op": "add", "path": "/auth/params/connectionUrl", "value": "https://one.example.org"]],
                ifMatch: etag
            )
            #expect(moved.status == 200, "\(moved.text)")
            let hook: JSONValue = ["name": "hook", "type": "webhook", "url": "http://127.0.0.1:9/x"]
            #expect(try await world.send(.post, "/v1/alerts/channels", hook).status == 201)
            await KeyRotationTests.look(world)
            let control = world.dependencies.control
            let before = StoredSecrets.kinds.flatMap { control.entries($0) }
            #expect(control.entries(.formerTarget).count == 1 && control.entries(.alertChannel).count == 1)
            let old = world.dependencies.keys.dataKey
            let changes = try await world.send(.get, "/v1/changes")["items"]?.array?.count

            let answer = try await KeyRotationTests.rotate(world, "data")
            #expect(answer.status == 202, "\(answer.text)")
            await KeyRotationTests.look(world)

            let new = world.dependencies.keys.dataKey
            #expect(new != old)
            #expect(try await KeyRotationTests.key("data", world)["previous"] == nil)
            #expect(try await KeyRotationTests.key("data", world)["secrets"]?["unreadable"] == 0)
            let after = StoredSecrets.kinds.flatMap { control.entries($0) }
            #expect(after.map(\.etag) == before.map(\.etag), "nothing else of them is another")
            #expect(after.map(\.updatedAt) == before.map(\.updatedAt))
            #expect(
                after.filter { entry in before.contains(entry) }.allSatisfy {
                    $0.string("sealedSecrets") == nil && $0.kind == .connection
                }
            )
            let keys = ServerKeys(tokenKey: .init(size: .bits256), dataKey: new)
            let other = try await ControlPlane(
                store: world.storage,
                keys: keys,
                time: world.clock,
                logger: world.dependencies.logger
            )
            #expect(try other.sinkParameters(for: id).account["secretKey"] == .string(FlowWorld.secretKey))
            #expect(try other.sinkParameters(for: id).account["connectionUrl"] == nil, "the one that records wait for")
            let channel = try #require(other.entries(.alertChannel).first)
            #expect(AlertChannel(channel, other.secrets) != nil)
            // The history tells of the key, and of no account.
            #expect(try await world.send(.get, "/v1/changes")["items"]?.array?.count == (changes ?? 0) + 1)
            let events = try await world.send(.get, "/data/foundation/audit/events?limit=1")
            #expect(events.text.contains("Server Key"), "\(events.text)")
        }
    }

    @Test func `what was sealed before the key was replaced and comes to be stored after is sealed anew`() async throws
    {
        try await FlowWorld.run { world in
            let (_, parts) = try await world.makeFlow()
            let control = world.dependencies.control
            let entry = try #require(control.entry(.connection, parts.kinesisBase))
            _ = try await KeyRotationTests.rotate(world, "data")
            await KeyRotationTests.look(world)
            #expect(world.dependencies.keys.ring[.data].previous == nil)

            // As a request that was under way has it.
            try await control.write(by: .server) { draft throws(APIError) in
                let now = try require(nil: draft.snapshot.entry(.connection, entry.id))
                var body = entry.body
                body["name"] = "late"
                try draft.replace(now, body: body)
            }

            let late = try #require(control.entry(.connection, parts.kinesisBase))
            #expect(late.string("name") == "late")
            let sealed = try #require(late.string("sealedSecrets"))
            #expect(SecretBox(key: world.dependencies.keys.dataKey).open(sealed, owner: late.id) != nil)
            let stored = try await world.storage.object(kind: "connection", id: late.id, scope: .production)
            #expect(stored.map { String(decoding: $0.body, as: UTF8.self).contains(sealed) } == true)

            world.clock.advance(by: KeyKeeper.fading)
            await KeyRotationTests.look(world)
            #expect(!control.secrets.isChanging, "the key is forgotten at last")
        }
    }

    @Test func `a write that fails keeps the key before, and the next look goes on`() async throws {
        try await FlowWorld.run { world in
            _ = try await world.makeFlow()
            await KeyRotationTests.look(world)
            try await world.dependencies.keeper.rotate(.data, endsTokens: false, of: world.dependencies, by: .server)
            world.storage.failNextWrite(with: StorageError(.io, "broken"))
            await KeyRotationTests.look(world)
            let waiting = try await KeyRotationTests.key("data", world)
            #expect(waiting["previous"]?["source"] == "file" && waiting["secrets"]?["obstacle"]?.string != nil)
            let again = try await KeyRotationTests.rotate(world, "data")
            #expect(again.status == 409 && again.errorCode == "CONFLICT")
            world.storage.failNextWrite(with: StorageError(.full, "SQLITE_FULL"))
            await KeyRotationTests.look(world)
            let full = try await KeyRotationTests.key("data", world)["secrets"]?["obstacle"]?.string
            #expect(full == "secrets of the sandbox prod cannot be stored now, because the disk is full; make room")

            await KeyRotationTests.look(world)
            #expect(try await KeyRotationTests.key("data", world)["previous"] == nil)
        }
    }

    @Test func `a key's file that finds no room says so, and the log has its path`() async throws {
        for (number, code) in [(ENOSPC, "STORAGE_FULL"), (EACCES, "UNAVAILABLE")] {
            let failure = ServerStartError("cannot write /data/data.key.new", systemError: number)
            do {
                try await DiskWork.done { () throws(ServerStartError) in throw failure }
                Issue.record("it was written")
            } catch {
                #expect(error.code.rawValue == code && error.cause == failure.description)
                #expect(!error.detail.contains("/data"))
            }
        }
    }

    @Test func `secrets that no key opens are told, and keep the key from being replaced`() async throws {
        try await FlowWorld.run { world in
            let (_, parts) = try await world.makeFlow()
            let foreign = try SecretBox(key: .init(size: .bits256)).seal(Array("{}".utf8), owner: parts.kinesisBase)
            try await world.dependencies.control.write(by: .server) { draft throws(APIError) in
                let entry = try require(nil: draft.snapshot.entry(.connection, parts.kinesisBase))
                var body = entry.body
                body["sealedSecrets"] = .string(foreign)
                try draft.replace(entry, body: body)
            }
            await KeyRotationTests.look(world)
            #expect(world.log.lines.contains { $0.contains("Secrets cannot be read") })
            let refused = try await KeyRotationTests.rotate(world, "data")
            #expect(refused.status == 409 && refused.errorCode == "SECRETS_UNREADABLE", "\(refused.text)")
            let objects = try await world.storage.objects(kind: "connection", scope: .production)
            let found = SecretsInspection(of: objects, keys: [world.dependencies.keys])
            #expect(found.unreadable == ["connection \(parts.kinesisBase)"])
        }
    }

    @Test func `tokens of the token key before are good until they expire, and what it could not have signed is not`()
        async throws
    {
        try await FlowWorld.run { world in
            let token = world.token
            let old = world.dependencies.keys.tokenKey
            let form = FormToken(keys: world.dependencies.keys)
            let text = form.text(for: "session")
            let link = SignInLink.first(keys: world.dependencies.keys, now: world.clock.now())

            #expect(try await KeyRotationTests.rotate(world, "token").status == 202)

            #expect(world.dependencies.keys.tokenKey != old)
            func status(_ token: String) async throws -> Int {
                try await world.raw(.get, "/v1/credentials", headers: [.authorization: "Bearer \(token)"]).status
            }
            #expect(try await status(token) == 200)
            #expect(try await status(world.token) == 200, "signed with the new key")
            #expect(form.isValid(text, for: "session") && form.isValid(form.text(for: "session"), for: "session"))
            #expect(SignInLink(code: link, keys: world.dependencies.keys, now: world.clock.now()) != nil)
            #expect(try await KeyRotationTests.rotate(world, "token").status == 409, "one before is kept")

            world.clock.advance(by: 60_000)
            // By whoever has the old key.
            let forged = AccessToken(
                clientID: world.start.clientID,
                orgID: world.start.orgID,
                issuedAt: world.clock.now(),
                id: "t"
            ).signed(with: old)
            #expect(try await status(forged) == 401)

            let until = try await KeyRotationTests.key("token", world)["previous"]?["keptUntil"]?.string
            world.clock.advance(by: 3 * KeyRotationTests.day - 60_001)
            await KeyRotationTests.look(world)
            #expect(world.dependencies.keys.ring[.token].previous != nil)
            world.clock.advance(by: 1)
            #expect(until == world.clock.now().rfc3339)
            await KeyRotationTests.look(world)
            #expect(world.dependencies.keys.ring[.token].all.count == 1)
        }
    }

    @Test func `a token key that is known to others is replaced with an end of all it signed`() async throws {
        try await FlowWorld.run { world in
            let token = world.token
            _ = try await KeyRotationTests.rotate(world, "token")
            #expect(try await KeyRotationTests.rotate(world, "token", "?endTokens=true").status == 202)
            let answer = try await world.raw(.get, "/v1/credentials", headers: [.authorization: "Bearer \(token)"])
            #expect(answer.status == 401)
            #expect(world.dependencies.keys.ring[.token].all.count == 1)
            #expect(try await KeyRotationTests.rotate(world, "data", "?endTokens=true").status == 400)
            #expect(try await KeyRotationTests.rotate(world, "suppression").status == 404)
        }
    }

    @Test
    func `pages that are open keep what is sealed in them when the token key is replaced, and no data key opens it`()
        async throws
    {
        try await FlowWorld.run { world in
            let box = world.dependencies.control.pageSecrets
            let sealed = try box.seal(Array("typed".utf8), owner: "x")
            _ = try await KeyRotationTests.rotate(world, "token")
            #expect(box.open(sealed, owner: "x") == Array("typed".utf8))
            #expect(world.dependencies.control.secrets.open(sealed, owner: "x") == nil)
        }
    }
}

/// Without what is not there nothing goes on; inside of typed throws.
private func require<Value>(nil value: Value?) throws(APIError) -> Value {
    guard let value else { throw APIError(.resourceUnknown, "a test's object is missing") }
    return value
}
