import NIOCore
import NIOSSL

/// The certificate that an endpoint shows to clients that speak TLS, and its private key.
public struct ServerCertificate: Sendable {
    /// The protocols that are offered, the preferred one first (RFC 7301).
    static let protocols = ["h2", "http/1.1"]
    /// Clients that go away without a word are not waited for; the endpoint's end would wait for each.
    static let farewellTime = TimeAmount.milliseconds(200)

    /// What clients have to trust, PEM: the authority of a certificate that was made here, else the end of the chain.
    public let authorityPEM: String
    let context: NIOSSLContext

    /// Takes a certificate and its key.
    ///
    /// - Parameters:
    ///   - chainPEM: The certificate, and those between it and its authority.
    ///   - keyPEM: Its private key, unencrypted.
    /// - Throws: `KinesisLocalError` when one cannot be read, or they do not belong together.
    public init(chainPEM: [UInt8], keyPEM: [UInt8]) throws(KinesisLocalError) {
        try self.init(chainPEM: chainPEM, keyPEM: keyPEM, authorityPEM: nil)
    }

    init(chainPEM: [UInt8], keyPEM: [UInt8], authorityPEM: String?) throws(KinesisLocalError) {
        let chain: [NIOSSLCertificate]
        let key: NIOSSLPrivateKey
        do {
            chain = try NIOSSLCertificate.fromPEMBytes(chainPEM)
        } catch {
            throw .unusableCertificate("no certificate can be read in PEM", underlying: error)
        }
        do {
            key = try NIOSSLPrivateKey(bytes: keyPEM, format: .pem)
        } catch {
            throw .unusableCertificate("no private key without a passphrase can be read in PEM", underlying: error)
        }
        guard !chain.isEmpty else { throw .unusableCertificate("there is no certificate", underlying: nil) }
        do {
            var configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: chain.map { .certificate($0) },
                privateKey: .privateKey(key)
            )
            configuration.minimumTLSVersion = .tlsv12
            configuration.applicationProtocols = Self.protocols
            configuration.shutdownTimeout = Self.farewellTime
            context = try NIOSSLContext(configuration: configuration)
        } catch {
            throw .unusableCertificate("certificate and key do not belong together", underlying: error)
        }
        self.authorityPEM = authorityPEM ?? Self.last(of: String(decoding: chainPEM, as: UTF8.self))
    }

    /// The last certificate of a chain.
    private static func last(of chain: String) -> String {
        let start = "-----BEGIN CERTIFICATE-----"
        return chain.components(startingAt: start).last.map { String($0) } ?? chain
    }
}

extension String {
    /// The parts that begin with a mark, up to the next one.
    fileprivate func components(startingAt mark: String) -> [Substring] {
        let starts = ranges(of: mark).map(\.lowerBound)
        return zip(starts, starts.dropFirst() + [endIndex]).map { self[$0..<$1] }
    }
}

extension KinesisLocalError {
    fileprivate static func unusableCertificate(_ found: String, underlying: (any Error)?) -> KinesisLocalError {
        KinesisLocalError(
            code: .unusableCertificate,
            message: "The certificate and its key cannot be used: \(found)\(underlying.map { " (\($0))" } ?? ""). "
                + "Give both as PEM files, or have them made.",
            underlying: underlying
        )
    }
}
