import ActivationCore
import Foundation
import Testing

@testable import ActivationServer

/// The real listener: a free port, plain and with TLS, and its end.
struct ListenerTests {
    /// Runs a server until `body` has used it.
    private static func serve(
        _ world: FlowWorld,
        _ options: ListenerOptions,
        _ body: @Sendable (Int) async throws -> Void
    ) async throws {
        let (ports, continuation) = AsyncStream.makeStream(of: Int.self)
        let application = try ActivationApplication(dependencies: world.dependencies, options: options) { port in
            continuation.yield(port)
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { continuation.finish() }
                try await application.run()
            }
            if let port = await ports.first(where: { _ in true }) {
                try await body(port)
            } else {
                Issue.record("the server ended before it listened")
            }
            group.cancelAll()
            // A cancelled server may say so.
            while let _ = try? await group.next() {}
        }
    }

    /// Fetches a URL with Python's own client, trusting one certificate.
    private static func fetch(_ url: String, certificate: String = "") async throws -> String {
        try await run(
            "python3",
            [
                "-c",
                """
                import ssl, sys, urllib.error, urllib.request
                context = ssl.create_default_context(cafile=sys.argv[2]) if sys.argv[2] else None
                try:
                    print(urllib.request.urlopen(sys.argv[1], context=context).status)
                except urllib.error.HTTPError as error:
                    print(error.code, error.read().decode())
                """,
                url, certificate,
            ]
        )
    }

    /// Runs a program on a thread of its own: the tasks' threads are for the server it talks to.
    private static func run(_ program: String, _ arguments: [String]) async throws -> String {
        let (status, text) = try await withCheckedThrowingContinuation { continuation in
            Thread {
                continuation.resume(with: Result { try output(of: program, arguments) })
            }.start()
        }
        try #require(status == 0, "\(program): \(text)")
        return text
    }

    private static func output(of program: String, _ arguments: [String]) throws -> (status: Int32, text: String) {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [program] + arguments
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, text)
    }

    @Test func `a server on port 0 takes a free port, tells it, answers, and ends`() async throws {
        try await FlowWorld.run { world in
            try await ListenerTests.serve(world, ListenerOptions(port: 0)) { port in
                let answer = try await ListenerTests.fetch("http://127.0.0.1:\(port)/data/foundation/flowservice/flows")

                #expect(port > 0)
                #expect(world.dependencies.endpoint.value == "http://127.0.0.1:\(port)")
                #expect(answer.hasPrefix("403 "))
                #expect(answer.contains("403010"))
            }
        }
    }

    @Test func `with a certificate the server speaks TLS`() async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "tls-\(UUID().uuidString)").path()
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let (certificate, key) = (directory + "/cert.pem", directory + "/key.pem")
        _ = try await ListenerTests.run(
            "openssl",
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate,
            ]
        )
        try await FlowWorld.run { world in
            let options = ListenerOptions(port: 0, tls: (certificate, key))
            try await ListenerTests.serve(world, options) { port in
                let url = "https://127.0.0.1:\(port)/data/foundation/flowservice/flows"
                let answer = try await ListenerTests.fetch(url, certificate: certificate)

                #expect(world.dependencies.endpoint.value == "https://127.0.0.1:\(port)")
                #expect(answer.contains("403010"))
            }
        }
    }

    @Test func `the URL shown to clients is the proxy's when there is one`() throws {
        #expect(ListenerOptions(port: 1).url(port: 80) == "http://127.0.0.1:80")
        #expect(ListenerOptions(host: "::1", port: 1).url(port: 80) == "http://[::1]:80")
        #expect(ListenerOptions(port: 1, tls: ("c", "k")).url(port: 443) == "https://127.0.0.1:443")
        let publicURL = try PublicURL("https://cdp.example")
        #expect(ListenerOptions(port: 1, publicURL: publicURL).url(port: 80) == "https://cdp.example")
    }
}
