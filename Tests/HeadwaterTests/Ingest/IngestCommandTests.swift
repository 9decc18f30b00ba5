import ActivationCore
import ArgumentParser
import Foundation
import NIOHTTP1
import Testing

@testable import headwater

/// The command against a whole server.
@Suite struct IngestCommandTests {
    private static func ingest(_ server: LiveServer, _ arguments: String...) async throws -> IngestTally {
        try await ingest(server, arguments)
    }

    private static func record(_ number: Int) -> String {
        "{\"identityMap\":{\"Email\":[{\"id\":\"p\(number)@example.com\"}]},\"loyalty\":{\"points\":\(number)}}\n"
    }

    @Test func `a second run sends only what was not acknowledged`() async throws {
        try await LiveServer.run(in: TestDirectory()) { server in
            let file = try server.directory.write((1...2_300).map(Self.record).joined(), to: "people.ndjson")

            let first = try await Self.ingest(server, file)
            try server.directory.append((1...10).map { Self.record(5_000 + $0) }.joined(), to: file)
            let second = try await Self.ingest(server, file)
            let third = try await Self.ingest(server, file)

            #expect(first.accepted == 2_300)
            #expect(second.accepted == 10)
            #expect(third.lines == 0)
        }
    }

    @Test func `a file that changed before the mark is not resumed`() async throws {
        try await LiveServer.run(in: TestDirectory()) { server in
            let file = try server.directory.write((1...5).map(Self.record).joined(), to: "people.ndjson")
            _ = try await Self.ingest(server, file)
            _ = try server.directory.write((1...9).map { Self.record($0 + 1) }.joined(), to: "people.ndjson")

            let failure = await #expect(throws: CommandFailure.self) { try await Self.ingest(server, file) }
            let again = try await Self.ingest(server, file, "--restart")

            #expect(failure?.code == .noInput)
            #expect(again.accepted == 9)
        }
    }

    @Test func `refused lines are named by their line in the file and the others are stored`() async throws {
        try await LiveServer.run(in: TestDirectory()) { server in
            var lines = (1...1_500).map(Self.record)
            lines[4] = "\n"
            lines[1_204] = "{\"identityMap\":\n"
            lines[1_300] = "{\"loyalty\":{\"points\":1}}\n"
            let file = try server.directory.write(lines.joined(), to: "people.ndjson")

            let tally = try await Self.ingest(server, file)

            #expect(tally.accepted == 1_497)
            #expect(tally.failed == 2)
            #expect(tally.refusals.map(\.line) == [1_205, 1_301])
        }
    }

    @Test func `events of a CSV file are counted once however often it is sent`() async throws {
        try await LiveServer.run(in: TestDirectory()) { server in
            let file = try server.directory.write(
                "email,day,amount\na@example.com,20260301,10\n\"a@example.com\",20260302,12.5\nb@example.com,20260303,x\n",
                to: "orders.csv"
            )
            let arguments = [
                "--as", "events", "--map", "email=identityMap.Email", "--map", "day=timestamp", "--map",
                "amount=commerce.order.priceTotal:number",
            ]

            let first = try await Self.ingest(server, [file] + arguments)
            let second = try await Self.ingest(server, [file, "--restart"] + arguments)

            #expect(first.accepted == 2)
            #expect(first.refusals.map(\.line) == [4])
            #expect(second.duplicates == 2)
            #expect(second.accepted == 0)
            let entities = try await server.client.call(
                .GET,
                "/data/core/ups/access/entities?schema.name=_xdm.context.experienceevent"
                    + "&relatedSchema.name=_xdm.context.profile&relatedEntityId=a@example.com&relatedEntityIdNS=Email"
            )
            #expect(entities.text.contains("12.5"))
        }
    }

    private static func ingest(_ server: LiveServer, _ arguments: [String]) async throws -> IngestTally {
        let command = try IngestCommand.parse(arguments + ["--data", server.data])
        let path = "/v1/\(command.kind.rawValue)?dataset=\(command.dataset)"
        var run = try IngestRun(command: command, target: server.client.endpoint + path)
        try await run.perform(ChunkSender(client: server.client, path: path, patience: .seconds(30)))
        return run.tally
    }

    @Test func `a server that is away is waited for no longer than asked`() async throws {
        let directory = try TestDirectory()
        let file = try directory.write(Self.record(1), to: "people.ndjson")
        _ = try directory.write(
            "{\"client_id\":\"c\",\"client_secret\":\"s\",\"org_id\":\"o\",\"endpoint\":\"http://127.0.0.1:1\"}",
            to: "admin.json"
        )
        let command = try IngestCommand.parse([file, "--data", directory.path, "--patience", "0"])

        let failure = await #expect(throws: CommandFailure.self) { try await command.run() }

        #expect(failure?.code == .unavailable)
    }
}
