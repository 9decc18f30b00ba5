import ActivationCore
import Foundation
import Testing

/// The program as scripts see it: output, exit codes, signals.
@Suite struct CommandProcessTests {
    private struct Outcome {
        var status: Int32
        var output: String
        var errors: String
    }

    /// The program that was built beside the tests.
    private static var program: URL {
        URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
            .appendingPathComponent("headwater")
    }

    private func run(_ arguments: String...) throws -> Outcome { try run(arguments) }

    private func run(_ arguments: [String]) throws -> Outcome {
        let process = Process()
        process.executableURL = Self.program
        process.arguments = arguments
        let output = Pipe()
        let errors = Pipe()
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        let text = output.fileHandleForReading.readDataToEndOfFile()
        let complaints = errors.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return Outcome(
            status: process.terminationStatus,
            output: String(decoding: text, as: UTF8.self),
            errors: String(decoding: complaints, as: UTF8.self)
        )
    }

    @Test func `a right expression is printed in its plain spelling`() throws {
        let outcome = try run("pql", "check", "person.name.firstName   =\"Ada\"")

        #expect(outcome.status == 0)
        #expect(outcome.output == "person.name.firstName = \"Ada\"\nplan: incremental\n")
    }

    @Test func `what Adobe evaluates in batches only is told with its place`() throws {
        let text = try run("pql", "check", "vip and xEvent.count() > 2")
        let outcome = try run("pql", "check", "--json", "vip and xEvent.count() > 2")

        #expect(text.status == 0)
        #expect(text.output.contains("\nAdobe evaluates it in batches only: line 1, column 9: "))
        let evaluation = try #require(try JSONValue(parsing: outcome.output)["evaluation"]?.array)
        #expect(evaluation[0] == ["type": "batch", "eligible": true])
        #expect(evaluation[1]["eligible"] == false)
        #expect(evaluation[2]["column"] == 9)
    }

    @Test func `how an expression would be evaluated is told before it is stored`() throws {
        let rule = "vip and\n xEvent[timestamp occurs today].head().amount > 5"
        let text = try run("pql", "check", rule)
        let outcome = try run("pql", "check", "--json", rule)
        let whole = try run("pql", "check", "xEvent.head().amount > 5")

        let cause = "xEvent[timestamp occurs on today].head().amount"
        #expect(try run("pql", "check", "--", "-77").output == "-77\nplan: incremental\n")
        #expect(text.output.contains("\nplan: window, today: line 2, column 2: \(cause)\n"))
        #expect(
            try JSONValue(parsing: outcome.output)["evaluationPlan"]
                == ["type": "window", "span": "today", "cause": .string(cause), "line": 2, "column": 2]
        )
        #expect(whole.output.contains("\nplan: scan: line 1, column 1: xEvent.head().amount\n"))
    }

    @Test func `a wrong expression ends with 65 and its place`() throws {
        let outcome = try run("pql", "check", "--json", "a = 1\nand")

        #expect(outcome.status == 65)
        #expect(outcome.errors.contains("line 2, column 4"))
        let error = try JSONValue(parsing: outcome.output)["error"]
        #expect(error?["line"] == 2)
        #expect(error?["column"] == 4)
    }

    @Test func `an expression is evaluated on a profile with its events`() throws {
        let directory = try TestDirectory()
        let file = try directory.write(
            """
            {"loyalty":{"points":40},"xEvent":[{"timestamp":"2026-01-01T00:00:00Z","amount":2.5},
            {"timestamp":"2026-02-01T00:00:00Z","amount":4}]}
            """,
            to: "profile.json"
        )

        let outcome = try run(
            "pql",
            "eval",
            "--profile",
            file,
            "--now",
            "2026-03-01T00:00:00Z",
            "xEvent.sum(amount) + loyalty.points",
            "--json"
        )

        #expect(outcome.status == 0)
        #expect(outcome.output == "{\"value\":46.5,\"qualifies\":true}\n")
    }

    @Test func `an evaluation says when the clock alone changes its result, in a zone's days`() throws {
        let directory = try TestDirectory()
        let file = try directory.write("{\"t\":\"2026-03-28T23:30:00Z\"}", to: "profile.json")
        let arguments = ["pql", "eval", "--profile", file, "--now", "2026-03-29T12:00:00Z", "t occurs today"]

        let inUTC = try run(arguments + ["--json"])
        let inBerlin = try run(arguments + ["--time-zone", "Europe/Berlin"])
        let still = try run(arguments.dropLast() + ["t occurs last week", "--json"])

        #expect(inUTC.output == "{\"value\":false,\"qualifies\":false}\n")
        #expect(inBerlin.output == "true\nchanges at 2026-03-29T22:00:00.000Z\n")
        #expect(still.output == "{\"value\":false,\"qualifies\":false,\"changesAt\":\"2026-03-30T00:00:00.000Z\"}\n")
    }

    @Test func `a check says whether an expression reads the clock, and refuses what cannot be followed`() throws {
        let clock = try run(["pql", "check", "--json", "--time-zone", "Asia/Kathmandu", "t occurs today"])
        let plain = try run(["pql", "check", "[now].count() = 1"])

        #expect(try JSONValue(parsing: clock.output)["readsClock"] == true)
        #expect(plain.status == 65)
        #expect(plain.errors.contains("line 1, column 2"))
    }

    @Test(arguments: [
        ("Europe/Nowhere", 66), ("../../../etc/passwd", 64), ("/etc/passwd", 64), ("Europe/", 64), ("", 64),
        ("Europe", 66),
        ("tzdata.zi", 64), ("-", 66),
    ])
    func `a name that is no time zone is refused`(row: (name: String, status: Int32)) throws {
        let outcome = try run(["pql", "check", "--time-zone=\(row.name)", "a = 1"])

        #expect(outcome.status == row.status, "\(outcome.errors)")
        #expect(outcome.output.isEmpty && !outcome.errors.isEmpty)
    }

    @Test(arguments: [
        ["pql", "eval", "--profile", "/nonexistent", "a"], ["serve", "--data", "/proc/no", "--port", "0"],
    ])
    func `what is not there is named without a crash`(arguments: [String]) throws {
        let process = Process()
        process.executableURL = Self.program
        process.arguments = arguments
        let errors = Pipe()
        process.standardError = errors
        try process.run()
        let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()

        #expect([66, 69].contains(process.terminationStatus))
        #expect(text.contains(arguments.first { $0.hasPrefix("/") } ?? ""))
    }

    @Test func `a wrong command line ends with 64`() throws {
        #expect(try run("kinesis-local", "--port", "99999").status == 64)
        #expect(try run("serve").status == 64)
        #expect(try run("kinesis-local", "--port", "0", "--host", "0.0.0.0").status == 64)
    }

    @Test(arguments: [
        ("--public-url", "foo", "absolute http or https URL"), ("--cors-origin", "https://*.shop.example", "a star"),
        ("--cors-origin", "https://shop.example/", "write https://shop.example"),
    ])
    func `an address that cannot be meant ends with 64 and the right spelling`(
        option: String,
        value: String,
        cure: String
    ) throws {
        let directory = try TestDirectory()

        let outcome = try run("serve", "--data", "\(directory.path)/data", "--port", "0", option, value)

        #expect(outcome.status == 64)
        #expect(outcome.errors.contains("\(option): "))
        #expect(outcome.errors.contains(cure), "\(outcome.errors)")
    }

    @Test func `a server on a public address without TLS does not start`() throws {
        let directory = try TestDirectory()

        let outcome = try run("serve", "--data", "\(directory.path)/data", "--port", "0", "--host", "0.0.0.0")

        #expect(outcome.status == 65)
        #expect(outcome.errors.contains("--tls-cert"))
    }

    @Test(arguments: [["kinesis-local", "--port", "0"], ["serve", "--port", "0", "--data"]])
    func `SIGTERM ends a server with 0`(arguments: [String]) throws {
        let directory = try TestDirectory()
        let process = Process()
        process.executableURL = Self.program
        process.arguments = arguments + (arguments.last == "--data" ? ["\(directory.path)/data"] : []) + ["--json"]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        // The line says that it listens.
        let line = output.fileHandleForReading.availableData
        #expect(String(decoding: line, as: UTF8.self).hasPrefix("{\"endpoint\":\"http://127.0.0.1:"))

        process.terminate()
        process.waitUntilExit()

        #expect(process.terminationReason == .exit)
        #expect(process.terminationStatus == 0)
    }

    @Test func `the engine's measurement prints the agreed figures`() throws {
        let outcome = try run(
            "bench",
            "engine",
            "--profiles",
            "500",
            "--updates",
            "1000",
            "--baseline-updates",
            "500",
            "--json"
        )

        #expect(outcome.status == 0, "\(outcome.errors)")
        let report = try JSONValue(parsing: outcome.output)
        for name in ["rate", "cpu_us_per_item", "rss_mb", "p50_ms", "p99_ms"] {
            #expect((report[name]?.double ?? 0) > 0, "\(name)")
        }
        #expect(report["baseline"]?["cpu_us_per_item"]?.double ?? 0 > 0)
        // Six customers in ten are exported.
        #expect((500...700).contains(report["exported"]?.int64 ?? 0))
    }

    @Test func `the measurement of events prints every figure, for people and as one object`() throws {
        let arguments = [
            "bench", "events", "--history", "2,10", "--sets", "sum,chain-24h", "--profiles", "3", "--events", "6",
        ]
        let outcome = try run(arguments + ["--json"])
        let text = try run(arguments)

        #expect(outcome.status == 0, "\(outcome.errors)")
        let report = try JSONValue(parsing: outcome.output)
        #expect(report["bench"] == "events")
        #expect(report["reference_history"] == 10)
        #expect(report["audiences"] == 1)
        #expect(report["figures"]?.array?.map { ($0["state_bytes"]?.double ?? 0) > 0 } == [true, true, false, false])
        #expect(report["rss_mb"]?.double ?? 0 > 0)
        let figures = try #require(report["figures"]?.array)
        #expect(figures.map { $0["set"] } == ["sum", "sum", "chain-24h", "chain-24h"])
        #expect(figures.map { $0["history"] } == [2, 10, 2, 10])
        #expect(figures.map { $0["events_in_window"] } == [.null, .null, 10, 10])
        for figure in figures {
            #expect(figure["events"] == 6)
            for name in ["cpu_us_per_event", "cpu_ratio", "profile_bytes", "profiles"] {
                #expect(figure[name]?.double ?? 0 > 0, "\(name)")
            }
        }
        #expect(text.status == 0)
        #expect(text.output.split(separator: "\n").count == 6)
        #expect(text.output.contains("\nchain-24h "))
    }
}
