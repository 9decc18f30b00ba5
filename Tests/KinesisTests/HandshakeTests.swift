import AsyncHTTPClient
import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import Testing

@testable import Kinesis

/// What stands in the way before a request is named for what it is.
@Suite struct HandshakeTests {
    /// The error of a request to a URL, with the certificate of an authority trusted if there is one.
    private func failure(
        _ url: String,
        trusting root: String? = nil,
        resolver: HostResolver = .system,
        within requestTimeout: Duration = .seconds(10)
    ) async throws -> KinesisError? {
        var configuration = HTTPClient.Configuration.kinesis()
        if let root { configuration.tlsConfiguration?.trustRoots = .file(root) }
        let http = AddressedHTTPClient(configuration: configuration, resolver: resolver)
        let client = try KinesisClient(
            httpClient: http,
            endpoint: KinesisEndpoint.resolve(
                connectionURL: url,
                baseRegion: "eu-west-1",
                targetRegion: nil,
                allowsInsecure: true
            ),
            credentials: KinesisCredentials(accessKeyID: "A", secretAccessKey: "S"),
            requestTimeout: requestTimeout
        )
        var failure: KinesisError?
        do throws(KinesisError) {
            _ = try await client.listStreams()
        } catch {
            failure = error
        }
        try await http.shutdown()
        return failure
    }

    /// Runs with a TLS server whose certificate, its own authority, is for `kinesis.example`.
    private func withTLSServer(
        configure: (inout TLSConfiguration) -> Void = { _ in },
        _ body: (_ port: Int, _ certificate: String) async throws -> Void
    ) async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "handshake-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let certificate = directory.appending(path: "certificate.pem").path
        let key = directory.appending(path: "key.pem").path
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days",
            "2",
            "-subj", "/CN=kinesis.example", "-addext", "subjectAltName=DNS:kinesis.example", "-keyout", key, "-out",
            certificate,
        ]
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "openssl is needed")
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMFile(certificate).map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(file: key, format: .pem))
        )
        configure(&configuration)
        let context = try NIOSSLContext(configuration: configuration)
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context))
                }
            }
            .bind(host: "127.0.0.1", port: 0)
            .get()
        do {
            try await body(server.localAddress?.port ?? 0, certificate)
        } catch {
            try await server.close()
            throw error
        }
        try await server.close()
    }

    @Test(arguments: [("TLS 1.1", false), ("a cipher without authentication of its own", false), ("TLS 1.2", true)])
    func `an end that speaks old TLS alone is not spoken to`(_ speech: String, isModern: Bool) async throws {
        let resolver = HostResolver { _ in [try SocketAddress(ipAddress: "127.0.0.1", port: 0)] }
        try await withTLSServer { configuration in
            configuration.minimumTLSVersion = .tlsv1
            configuration.maximumTLSVersion = speech == "TLS 1.1" ? .tlsv11 : .tlsv12
            if speech.hasPrefix("a cipher") { configuration.cipherSuites = "ECDHE-ECDSA-AES128-SHA" }
        } _: { port, certificate in
            let error = try await failure(
                "https://kinesis.example:\(port)",
                trusting: certificate,
                resolver: resolver,
                within: .seconds(2)
            )

            // The server says nothing after the handshake.
            #expect(error != nil && (error?.code == .requestTimeout) == isModern, "\(String(describing: error))")
        }
    }

    @Test func `a certificate that nobody vouches for is named`() async throws {
        try await withTLSServer { port, _ in
            let error = try await failure("https://localhost:\(port)")

            #expect(error?.code == .certificateRefused)
            #expect(error?.isRetriable == true && error?.isAmbiguous == false)
        }
    }

    @Test func `a certificate for another name is named`() async throws {
        try await withTLSServer { port, certificate in
            for host in ["localhost", "127.0.0.1"] {
                let error = try await failure("https://\(host):\(port)", trusting: certificate)

                #expect(error?.code == .certificateRefused, "\(host)")
                #expect(error?.message.contains("for another name") == true)
                #expect(error?.isAmbiguous == false)
            }
        }
    }

    @Test func `a name is checked against the certificate though its address is connected to`() async throws {
        let resolver = HostResolver { _ in [try SocketAddress(ipAddress: "127.0.0.1", port: 0)] }
        try await withTLSServer { port, certificate in
            let own = try await failure(
                "https://kinesis.example:\(port)",
                trusting: certificate,
                resolver: resolver,
                within: .seconds(2)
            )
            let other = try await failure("https://other.example:\(port)", trusting: certificate, resolver: resolver)

            // The server says nothing after the handshake.
            #expect(own?.code == .requestTimeout, "\(String(describing: own))")
            #expect(other?.code == .certificateRefused)
        }
    }

    @Test func `a port that speaks plain HTTP is told from one that speaks TLS`() async throws {
        let service = try await ScriptedService.start { _ in .silence }
        let error = try await failure(service.url(host: "127.0.0.1", scheme: "https"))
        try await service.stop()

        #expect(error?.code == .tlsFailed)
        #expect(error?.message.contains("write http://") == true, "\(error?.message ?? "")")
        #expect(error?.isAmbiguous == false)
    }

    @Test func `a port that speaks TLS to plain HTTP is told by the way it answers`() async throws {
        try await withTLSServer { port, _ in
            let error = try await failure("http://127.0.0.1:\(port)")

            #expect(error?.message.contains("https://") == true, "\(String(describing: error))")
            #expect(error?.isRetriable == true)
        }
    }

    @Test func `a port that hangs up at once is not taken for a forbidden one`() async throws {
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { $0.close() }
            .bind(host: "127.0.0.1", port: 0)
            .get()
        for _ in 0..<50 {
            let error = try await failure("http://127.0.0.1:\(server.localAddress?.port ?? 0)")

            #expect(error?.code == .connectionLost || error?.code == .connectionFailed, "\(String(describing: error))")
        }
        try await server.close()
    }

    @Test func `a port of another protocol is told`() async throws {
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Greeter())
                }
            }
            .bind(host: "127.0.0.1", port: 0)
            .get()
        let error = try await failure("http://127.0.0.1:\(server.localAddress?.port ?? 0)")
        try await server.close()

        #expect(error?.message.contains("other than HTTP") == true, "\(String(describing: error))")
    }
}

/// Answers whatever comes in as a mail server would.
private final class Greeter: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        context.writeAndFlush(
            wrapOutboundOut(ByteBuffer(string: "502 5.5.2 Error: command not recognized\r\n")),
            promise: nil
        )
    }
}
