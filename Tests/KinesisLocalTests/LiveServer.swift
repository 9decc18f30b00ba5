import Foundation
import Testing

@testable import KinesisLocal

/// Runs a test against an endpoint that listens on a free port, and ends it.
func withServer<Result>(
    _ configuration: KinesisLocalServer.Configuration = .init(),
    clock: @escaping @Sendable () -> Int64 = WallClock.milliseconds,
    _ body: (KinesisLocalServer, Int) async throws -> Result
) async throws -> Result {
    let server = KinesisLocalServer(configuration: configuration, clock: clock)
    let port = try await server.start()
    do {
        let result = try await body(server, port)
        await server.shutdown()
        return result
    } catch {
        await server.shutdown()
        throw error
    }
}

/// A program of `Tests/Python`.
struct PythonProgram: Sendable {
    var name: String
    var arguments: [String]

    /// What it printed, and its exit code.
    struct Outcome: Sendable {
        var code: Int32
        var output: String
    }

    /// Runs it to its end; a machine without `python3`, or without what it imports, fails the test.
    ///
    /// Waits on a thread of its own, since the server that it talks to needs those of the pool.
    func run() async throws -> Outcome {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Result(catching: runToEnd)) }
        }
    }

    private func runToEnd() throws -> Outcome {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3", folder.appending(path: "Python/\(name)").path] + arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return Outcome(code: process.terminationStatus, output: String(decoding: output, as: UTF8.self))
    }
}
