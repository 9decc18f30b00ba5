import ActivationCore
import ActivationServer
import ArgumentParser
import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import Testing

@testable import headwater

@Suite struct CredentialsTests {
    @Test func `the first start writes a private file with what scripts need`() async throws {
        try await LiveServer.run(in: TestDirectory()) { server in
            let path = "\(server.data)/admin.json"
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            let admin = try JSONValue(parsing: [UInt8](try Data(contentsOf: URL(fileURLWithPath: path))))

            #expect(attributes[.posixPermissions] as? Int == 0o600)
            #expect(admin["endpoint"]?.string == server.endpoint)
            for name in ["client_id", "client_secret", "org_id"] { #expect(admin[name]?.string?.isEmpty == false) }
        }
    }

    @Test func `a running server keeps the directory to itself`() async throws {
        try await LiveServer.run(in: TestDirectory()) { server in
            let failure = #expect(throws: CommandFailure.self) { try ServerProcess.open(server.data) }

            #expect(failure?.code == .retryLater)
            #expect(failure?.message.contains("in use") == true)
        }
    }

    @Test func `a credential made while the server is stopped works, and a revoked one does not`() async throws {
        let directory = try TestDirectory()
        try await LiveServer.run(in: directory) { _ in }
        let options = try CredentialsCommand.Options.parse(["--data", "\(directory.path)/data"])
        let made = try await options.withControl {
            try await $0.createCredential(CredentialDraft(name: "second", roles: ["administrator"]), by: .commandLine)
        }
        let gone = try await options.withControl { control in
            let made = try await control.createCredential(
                CredentialDraft(name: "third", roles: ["administrator"]),
                by: .commandLine
            )
            try await control.revokeCredential(clientID: made.clientID, by: .commandLine)
            return made
        }

        try await LiveServer.run(in: directory) { server in
            func status(_ credential: NewCredential) async throws -> Int {
                let http = HTTPClient(eventLoopGroup: HTTPClient.defaultEventLoopGroup)
                var request = HTTPClientRequest(url: "\(server.endpoint)/ims/token/v3")
                request.method = .POST
                request.headers.add(name: "content-type", value: "application/x-www-form-urlencoded")
                request.body = .bytes(
                    Array(
                        "grant_type=client_credentials&client_id=\(credential.clientID)&client_secret=\(credential.clientSecret)"
                            .utf8
                    )
                )
                let response = try await http.execute(request, timeout: .seconds(30))
                try await http.shutdown()
                return Int(response.status.code)
            }
            let statuses = (try await status(made), try await status(gone))
            #expect(statuses == (200, 401))
        }
    }

    @Test func `a directory that is no server's is said to be none`() async throws {
        let directory = try TestDirectory()
        let options = try CredentialsCommand.Options.parse(["--data", "\(directory.path)/data"])

        let failure = await #expect(throws: CommandFailure.self) { try await options.withControl { $0.credentials() } }

        #expect(failure?.code == .badInput)
    }
}
