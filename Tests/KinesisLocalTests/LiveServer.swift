import Foundation
import Synchronization
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
struct PythonProgram {
    var name: String
    var arguments: [String]

    /// What it printed, and its exit code.
    struct Outcome: Sendable {
        var code: Int32
        var output: String
    }

    /// Runs it to its end; a machine without `python3`, or without what it imports, fails the test.
    func run() async throws -> Outcome {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3", folder.appending(path: "Python/\(name)").path] + arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        let collected = Mutex(Data())
        let ended = AsyncStream<Void>.makeStream()
        pipe.fileHandleForReading.readabilityHandler = { handle in
            let data = handle.availableData
            if data.isEmpty {
                handle.readabilityHandler = nil
                ended.continuation.finish()
            } else {
                collected.withLock { $0.append(data) }
            }
        }
        try process.run()
        for await _ in ended.stream {}
        process.waitUntilExit()
        let output = collected.withLock { String(decoding: $0, as: UTF8.self) }
        return Outcome(code: process.terminationStatus, output: output)
    }
}
