import ActivationCore
import ActivationEngine
import Crypto
import Foundation
import HTTPTypes
import Logging
import TestSupport
import Testing

@testable import ActivationServer

/// What the first start makes and leaves behind (BEHAVIOUR 1.10).
struct FirstStartTests {
    private static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private static func control(_ storage: InMemoryStorage) async throws -> ControlPlane {
        try await ControlPlane(
            store: storage,
            keys: ServerKeys(tokenKey: SymmetricKey(size: .bits256), dataKey: SymmetricKey(size: .bits256)),
            time: FlowWorld.Clock(),
            logger: logger
        )
    }

    static func withDirectory(_ body: (String) throws -> Void) throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "headwater-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        try body(directory.path())
    }

    private static func mode(_ path: String) throws -> Int {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int ?? 0
    }

    @Test func `the first start makes an organisation, an administrator, a merge policy and an inlet, once`()
        async throws
    {
        let storage = InMemoryStorage()
        let control = try await FirstStartTests.control(storage)

        let start = try #require(try await control.firstStart(record: { _ in }))
        let second = try await control.firstStart(record: { _ in })
        let reopened = try await FirstStartTests.control(storage)
        let third = try await reopened.firstStart(record: { _ in })

        #expect(second == nil)
        #expect(third == nil)
        #expect(reopened.orgID == start.orgID)
        #expect(start.orgID.hasSuffix("@HeadwaterOrg"))
        #expect(reopened.isSecret(start.clientSecret, of: start.clientID))
        #expect(!reopened.isSecret(start.clientSecret + "x", of: start.clientID))
        #expect(reopened.snapshot.inlets[ByteKey(start.inletID)]?.isAuthenticationRequired == true)
        let policy = try #require(reopened.entries(.mergePolicy).first)
        #expect(policy.body["default"] == true)
        #expect(policy.body["attributeMerge"] == ["type": "timestampOrdered"])
        #expect(policy.body["identityGraph"] == ["type": "pdg"])
    }

    @Test func `when the secret cannot be written down nothing is stored, and the next start begins again`()
        async throws
    {
        let storage = InMemoryStorage()
        let control = try await FirstStartTests.control(storage)

        await #expect(throws: ServerStartError.self) {
            try await control.firstStart { _ throws(ServerStartError) in throw ServerStartError("no room") }
        }
        let start = try await control.firstStart(record: { _ in })

        #expect(start != nil)
        #expect(control.credentials().count == 1)
    }

    @Test func `admin json is for its owner alone and follows the endpoint`() throws {
        try FirstStartTests.withDirectory { directory in
            let path = directory + "/admin.json"
            let start = FirstStart(clientID: "id", clientSecret: "secret", orgID: "ORG@HeadwaterOrg", inletID: "inlet")

            try AdminFile.write(start, endpoint: "http://127.0.0.1:1", to: path)
            try AdminFile.updateEndpoint("http://127.0.0.1:2", in: path)

            let text = try String(contentsOfFile: path, encoding: .utf8)
            #expect(
                try JSONValue(parsing: text.trimmingCharacters(in: .newlines))
                    == [
                        "client_id": "id", "client_secret": "secret", "org_id": "ORG@HeadwaterOrg",
                        "endpoint": "http://127.0.0.1:2", "inletId": "inlet",
                        "inletUrl": "http://127.0.0.1:2/collection/inlet",
                    ]
            )
            #expect(try FirstStartTests.mode(path) == 0o600)
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == ["admin.json"])
        }
    }

    @Test func `keys persist in the directory, readable by their owner alone`() throws {
        try FirstStartTests.withDirectory { directory in
            let first = try ServerKeys(directory: directory)
            let second = try ServerKeys(directory: directory)

            #expect(first.tokenKey == second.tokenKey)
            #expect(first.dataKey == second.dataKey)
            #expect(first.dataKey != first.tokenKey)
            #expect(try FirstStartTests.mode(directory + "/data.key") == 0o600)
            #expect(try FirstStartTests.mode(directory + "/token.key") == 0o600)
        }
    }

    @Test func `the data key can come from the environment, and then no file is made`() throws {
        try FirstStartTests.withDirectory { directory in
            let given = try ServerKeys.dataKey(hexadecimal: String(repeating: "0a", count: 32))
            let keys = try ServerKeys(directory: directory, dataKey: given)

            #expect(keys.dataKey == SymmetricKey(data: [UInt8](repeating: 0x0A, count: 32)))
            #expect(!FileManager.default.fileExists(atPath: directory + "/data.key"))
            for text in ["", "0a", String(repeating: "0a", count: 33), String(repeating: "zz", count: 32)] {
                #expect(throws: ServerStartError.self) { try ServerKeys.dataKey(hexadecimal: text) }
            }
        }
    }

    @Test func `a key file that others may read, or of the wrong size, is refused`() throws {
        try FirstStartTests.withDirectory { directory in
            let path = directory + "/token.key"
            try Data(repeating: 1, count: 32).write(to: URL(filePath: path))
            try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
            let open = #expect(throws: ServerStartError.self) {
                try ServerKeys(directory: directory)
            }
            try Data(repeating: 1, count: 31).write(to: URL(filePath: path))
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
            let short = #expect(throws: ServerStartError.self) {
                try ServerKeys(directory: directory)
            }

            #expect(open?.description.contains("chmod 600") == true)
            #expect(short?.description.contains("31 bytes") == true)
        }
    }

    @Test func `a key that cannot be written is told with its path and as a matter of files`() throws {
        let error = #expect(throws: ServerStartError.self) { try ServerKeys(directory: "/nonexistent/store") }

        #expect(error?.cause == .file)
        #expect(error?.description.contains("/nonexistent/store/token.key") == true)
        let full = ServerStartError("cannot write data.key", systemError: ENOSPC)
        #expect(full.cause == .noRoom)
        #expect(full.description.contains("make room"))
    }

    @Test func `a sealed secret opens only with its key, for its owner, and unchanged`() throws {
        let box = SecretBox(key: SymmetricKey(size: .bits256))
        let sealed = try box.seal(Array("secret".utf8), owner: "a")
        let changed = String(sealed.dropLast()) + (sealed.last == "A" ? "E" : "A")

        #expect(box.open(sealed, owner: "a") == Array("secret".utf8))
        #expect(box.open(sealed, owner: "b") == nil)
        #expect(box.open(changed, owner: "a") == nil)
        #expect(box.open("", owner: "a") == nil)
        #expect(SecretBox(key: SymmetricKey(size: .bits256)).open(sealed, owner: "a") == nil)
        #expect(try box.seal(Array("secret".utf8), owner: "a") != sealed, "a nonce is never used twice")
    }

    @Test(arguments: ["0.0.0.0", "192.168.1.5", "::", "example.org"])
    func `an address others can reach needs TLS or a proxy in front`(host: String) async throws {
        try await FlowWorld.run { world in
            let error = #expect(throws: ServerStartError.self) {
                try ActivationApplication(
                    dependencies: world.dependencies,
                    options: ListenerOptions(host: host, port: 0)
                )
            }
            #expect(error?.description.contains("--behind-proxy") == true)
            _ = try ActivationApplication(
                dependencies: world.dependencies,
                options: ListenerOptions(host: host, port: 0, isBehindProxy: true)
            )
        }
    }

    @Test func `a certificate that cannot be read is named`() async throws {
        try await FlowWorld.run { world in
            let error = #expect(throws: ServerStartError.self) {
                try ActivationApplication(
                    dependencies: world.dependencies,
                    options: ListenerOptions(port: 0, tls: ("/nonexistent/cert.pem", "/nonexistent/key.pem"))
                )
            }
            #expect(error?.description.contains("/nonexistent/cert.pem") == true)
        }
    }
}
