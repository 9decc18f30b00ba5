import NIOSSL

/// Authorities of one's own, such as a company's proxy that looks into TLS, trusted beside those of the system.
public struct CertificateBundle: Sendable {
    let certificates: [NIOSSLCertificate]

    /// Reads authorities.
    ///
    /// - Parameter pem: Their certificates, one after the other.
    /// - Throws: ``KinesisError`` with `invalidCertificateBundle` when one cannot be read, or there is none.
    public init(pem: [UInt8]) throws(KinesisError) {
        do {
            certificates = try NIOSSLCertificate.fromPEMBytes(pem)
        } catch {
            throw KinesisError(
                .invalidCertificateBundle,
                "no certificate can be read in PEM (\(error)); it begins with -----BEGIN CERTIFICATE-----"
            )
        }
        guard !certificates.isEmpty else {
            throw KinesisError(.invalidCertificateBundle, "there is no certificate in PEM")
        }
    }
}
