import ArgumentParser
import KinesisLocal
import Testing

@testable import headwater

@Suite struct ProducerBenchCommandTests {
    @Test(arguments: ["json", "cbor"])
    func `every record of the measurement arrives once and in order`(wire: String) async throws {
        let server = KinesisLocalServer(configuration: .init(streams: ["bench"], enforcesShardLimits: false))
        try await server.start()
        let command = try ProducerBenchCommand.parse([
            "--endpoint", try #require(server.endpoint), "--records", "2500", "--size", "100", "--wire", wire, "--json",
        ])

        try await command.run()

        let verification = try #require(server.verification(ofStream: "bench"))
        #expect(server.records(ofStream: "bench").flatMap { $0 }.count == 2_500)
        #expect(verification.isOrdered && verification.isComplete)
        #expect(verification.marked == 2_500)
        #expect(verification.duplicates == 0)
        await server.shutdown()
    }
}
