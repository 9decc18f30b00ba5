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

    @Test func `a file of many columns goes on, and so does one of an earlier version`() async throws {
        try await LiveServer.run(in: TestDirectory()) { server in
            let names = (1...2_000).map { "wide.group\($0 % 10).attributeNumber\($0)" }
            let cells = String(repeating: ",", count: names.count)
            let header = "identityMap.Email,\(names.joined(separator: ","))\n"
            let file = try server.directory.write("\(header)a@example.com\(cells)\n", to: "wide.csv")

            let first = try await Self.ingest(server, file)
            try server.directory.append("b@example.com\(cells)\n", to: file)
            let second = try await Self.ingest(server, file)
            var progress = try #require(try IngestProgress.read(for: file))
            let short = progress.reading
            let mapping = names.enumerated().map { "\($0 + 2)/\($1)=\($1):text" }.joined(separator: " ")
            progress.reading = "csv utf-8 comma 1/identityMap.Email=identityMap.Email \(mapping)"
            try progress.write(for: file)
            try server.directory.append("c@example.com\(cells)\n", to: file)
            let third = try await Self.ingest(server, file)

            #expect([first.accepted, second.accepted, third.accepted] == [1, 1, 1])
            #expect(try IngestProgress.read(for: file)?.reading == short)
        }
    }

    @Test func `a file whose first row was taken for a header is sent anew without one`() async throws {
        try await LiveServer.run(in: TestDirectory()) { server in
            let file = try server.directory.write("1,2\na@example.com,x\n", to: "people.csv")
            let mapping = ["--map", "1=identityMap.Email", "--map", "2=note"]

            let first = try await Self.ingest(server, [file] + mapping)
            let second = try await Self.ingest(server, [file, "--no-header"] + mapping)

            #expect(first.accepted == 1)
            #expect(second.accepted == 2)
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
        // One try, not those of the HTTP client until it gives up.
        #expect(failure?.message.contains("connectTimeout") == false)
    }
}
