import Crypto
import FoundationEssentials
import Kinesis
import SwiftASN1
import X509

extension ServerCertificate {
    /// Clocks of clients may be behind by so much.
    private static let earlier = 86_400.0
    /// An endpoint for tests is not meant to live longer.
    private static let lifetime = 90 * 86_400.0

    /// Makes an authority and a certificate that it vouches for, for `localhost`, 127.0.0.1 and ::1.
    ///
    /// The authority's key is forgotten at once: it vouches for nothing else. Nothing of it is the same a second time.
    ///
    /// - Parameters:
    ///   - names: More names and addresses that it is for.
    ///   - now: Epoch milliseconds; it is good for 90 days from then on.
    /// - Returns: The certificate; clients have to trust its `authorityPEM`.
    /// - Throws: `KinesisLocalError` when a name is none.
    public static func made(
        for names: [String] = [],
        now: Int64 = WallClock.milliseconds()
    ) throws(KinesisLocalError) -> ServerCertificate {
        var subjects = ["localhost", "127.0.0.1", "::1"]
        for name in names where !subjects.contains(name) { subjects.append(name) }
        let authority: PEMDocument
        let certificate: PEMDocument
        let key = P256.Signing.PrivateKey()
        do {
            (authority, certificate) = try documents(for: subjects, key: key, now: now)
        } catch {
            throw KinesisLocalError(
                code: .unusableCertificate,
                message: "No certificate can be made for \(subjects.joined(separator: ", ")): \(error). "
                    + "Name hosts and addresses only.",
                underlying: error
            )
        }
        return try ServerCertificate(
            chainPEM: Array("\(certificate.pemString)\n".utf8),
            keyPEM: Array(key.pemRepresentation.utf8),
            authorityPEM: "\(authority.pemString)\n"
        )
    }

    /// A new authority's certificate, and one of it for some names and a key.
    static func documents(
        for names: [String],
        key: P256.Signing.PrivateKey,
        now: Int64
    ) throws -> (authority: PEMDocument, certificate: PEMDocument) {
        let authorityKey = Certificate.PrivateKey(P256.Signing.PrivateKey())
        let authorityName = try DistinguishedName { CommonName("Headwater test authority") }
        let authorityID = SubjectKeyIdentifier(hash: authorityKey.publicKey)
        let start = Date(timeIntervalSince1970: Double(now) / 1_000 - earlier)
        func issued(
            _ key: Certificate.PublicKey,
            to subject: DistinguishedName,
            _ extensions: Certificate.Extensions
        ) throws -> PEMDocument {
            try Certificate(
                version: .v3,
                serialNumber: Certificate.SerialNumber(),
                publicKey: key,
                notValidBefore: start,
                notValidAfter: start.addingTimeInterval(earlier + lifetime),
                issuer: authorityName,
                subject: subject,
                signatureAlgorithm: .ecdsaWithSHA256,
                extensions: extensions,
                issuerPrivateKey: authorityKey
            ).serializeAsPEM()
        }
        let authority = try issued(
            authorityKey.publicKey,
            to: authorityName,
            Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
                Critical(KeyUsage(keyCertSign: true))
                authorityID
            }
        )
        let publicKey = Certificate.PublicKey(key.publicKey)
        let certificate = try issued(
            publicKey,
            to: DistinguishedName { CommonName("Headwater test endpoint") },
            Certificate.Extensions {
                Critical(BasicConstraints.notCertificateAuthority)
                Critical(KeyUsage(digitalSignature: true))
                try ExtendedKeyUsage([.serverAuth])
                SubjectAlternativeNames(names.map(generalName))
                SubjectKeyIdentifier(hash: publicKey)
                AuthorityKeyIdentifier(keyIdentifier: authorityID.keyIdentifier)
            }
        )
        return (authority, certificate)
    }

    /// An address as its bytes, everything else as a name.
    private static func generalName(_ text: String) -> GeneralName {
        let address = NetworkAddress(ipv4: text)?.bytes.suffix(4) ?? NetworkAddress(ipv6: text)?.bytes[...]
        return address.map { .ipAddress(ASN1OctetString(contentBytes: $0)) } ?? .dnsName(text)
    }
}
