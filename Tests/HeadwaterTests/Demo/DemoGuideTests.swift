import Testing

@testable import headwater

@Suite struct DemoGuideTests {
    private func lines(isRunning: Bool) -> [String] {
        let guide = DemoGuide(
            server: "http://127.0.0.1:1",
            firstUser: "http://127.0.0.1:1/console/link/x",
            kinesis: "http://127.0.0.1:2",
            stream: "s",
            directory: "d",
            dataflow: "f",
            isRunning: isRunning
        )
        return guide.text.split(separator: "\n").map(String.init)
    }

    @Test func `a server that goes on says how to get into its console`() {
        #expect(lines(isRunning: true).contains { $0.contains("http://127.0.0.1:1/console/link/x") })
        #expect(!lines(isRunning: false).contains { $0.contains("/console/") }, "the link is another server's")
    }

    @Test func `a server that was just started is waited for`() throws {
        let lines = lines(isRunning: false)

        let start = try #require(lines.firstIndex { $0.contains(" serve ") })
        let wait = try #require(lines.firstIndex { $0.contains("until") && $0.contains("127.0.0.1:8080/ready") })
        let use = try #require(lines.firstIndex { $0.contains("TOKEN=") })
        #expect(start < wait && wait < use)
        #expect(!self.lines(isRunning: true).contains { $0.contains("/ready") })
    }
}
