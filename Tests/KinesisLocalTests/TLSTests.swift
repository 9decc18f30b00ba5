import AsyncHTTPClient
import Crypto
import Foundation
import Kinesis
import SwiftASN1
import Testing

@testable import KinesisLocal

/// The endpoint by TLS, with a certificate that was made and one that was given.
@Suite struct TLSTests {
    /// Runs with an endpoint that speaks TLS, and the file of what has to be trusted.
    private func withSecureServer<Result>(
        _ certificate: ServerCertificate,
        _ body: (KinesisLocalServer, Int, String) async throws -> Result
    ) async throws -> Result {
        let file = FileManager.default.temporaryDirectory.appending(path: "ca-\(UUID().uuidString).pem").path
        try Data(certificate.authorityPEM.utf8).write(to: URL(filePath: file))
        defer { try? FileManager.default.removeItem(atPath: file) }
        var configuration = KinesisLocalServer.Configuration(accessKey: "AKIDEXAMPLE", secretKey: "local-secret")
        configuration.certificate = certificate
        return try await withServer(configuration) { try await body($0, $1, file) }
    }

    /// What listing streams comes to with authorities of one's own.
    private func listing(_ endpoint: String, trusting authorityPEM: String?) async throws -> KinesisError? {
        let http = AddressedHTTPClient(
            configuration: .kinesis(authorities: try authorityPEM.map { try CertificateBundle(pem: Array($0.utf8)) })
        )
        let client = try KinesisClient(
            httpClient: http,
            endpoint: KinesisEndpoint.resolve(
                connectionURL: endpoint,
                baseRegion: "us-east-1",
                targetRegion: nil,
                allowsInsecure: false
            ),
            credentials: KinesisCredentials(accessKeyID: "AKIDEXAMPLE", secretAccessKey: "local-secret")
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

    @Test func `boto3 gets what it expects by TLS, and the certificate is for every name`() async throws {
        let names = ["kinesis.example", "10.1.2.3", "fd12::7", "localhost"]
        try await withSecureServer(.made(for: names)) { _, port, file in
            let outcome = try await PythonProgram(
                name: "kinesis_local_tls.py",
                arguments: ["\(port)", file] + names
            ).run()
            #expect(outcome.code == 0, "\(outcome.output)")
        }
    }

    @Test func `a client of HTTP/2 gets what it expects by TLS`() async throws {
        try await withSecureServer(.made()) { _, port, file in
            let outcome = try await PythonProgram(
                name: "kinesis_local_http2.py",
                arguments: ["\(port)", file]
            ).run()
            #expect(outcome.code == 0, "\(outcome.output)")
        }
    }

    @Test func `only who trusts the authority of a made certificate connects`() async throws {
        let certificate = try ServerCertificate.made()
        try await withSecureServer(certificate) { server, port, _ in
            let authority = certificate.authorityPEM
            let other = try ServerCertificate.made().authorityPEM

            for host in ["127.0.0.1", "localhost"] {
                #expect(try await listing("https://\(host):\(port)", trusting: authority) == nil)
            }
            #expect(try await listing("https://127.0.0.1:\(port)", trusting: nil)?.code == .certificateRefused)
            #expect(try await listing("https://127.0.0.1:\(port)", trusting: other)?.code == .certificateRefused)
            #expect(server.endpoint == "https://127.0.0.1:\(port)")
        }
    }

    /// A certificate and its key.
    private static func pair() throws -> (chain: [UInt8], key: [UInt8]) {
        let key = P256.Signing.PrivateKey()
        let documents = try ServerCertificate.documents(for: ["localhost"], key: key, now: WallClock.milliseconds())
        return (Array("\(documents.certificate.pemString)\n".utf8), Array(key.pemRepresentation.utf8))
    }

    @Test func `what is no certificate, no key, or belongs to another is refused by name`() throws {
        let (chain, key) = try Self.pair()
        let (_, otherKey) = try Self.pair()
        let cases: [([UInt8], [UInt8], String)] = [
            ([], key, "no certificate can be read"), (key, key, "no certificate can be read"),
            (Array("nonsense".utf8), key, "no certificate can be read"), (chain, [], "no private key"),
            (chain, chain, "no private key"), (chain, otherKey, "do not belong together"),
        ]

        for (chain, key, found) in cases {
            let error = #expect(throws: KinesisLocalError.self) {
                try ServerCertificate(chainPEM: chain, keyPEM: key)
            }
            #expect(error?.code == .unusableCertificate)
            #expect(error?.message.contains(found) == true, "\(error?.message ?? "")")
        }
        let twice = try ServerCertificate(chainPEM: chain + chain, keyPEM: key)
        #expect(twice.authorityPEM == String(decoding: chain, as: UTF8.self))
    }

    @Test func `a bundle without certificates is refused`() {
        for pem in ["", "nonsense", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
            let error = #expect(throws: KinesisError.self) { try CertificateBundle(pem: Array(pem.utf8)) }
            #expect(error?.code == .invalidCertificateBundle)
        }
    }
}
