import ArgumentParser
import KinesisLocal

/// How the local endpoint speaks TLS, if it does.
struct EndpointTLSOptions: ParsableArguments {
    @Flag(help: "Speaks TLS, HTTP/2 and HTTP/1.1, with a certificate made at the start unless one is given.")
    var tls = false

    @Option(help: "The certificate chain, PEM; with --tls-key, and --tls is then meant.")
    var tlsCert: String?

    @Option(help: "The certificate's private key, PEM.")
    var tlsKey: String?

    @Option(
        name: .customLong("tls-name"),
        help: "A name or an address that the made certificate is for, beside those of this machine; may be repeated."
    )
    var names: [String] = []

    @Option(
        help: ArgumentHelp(
            "A file that is written at the start: the authority that clients have to trust, PEM.",
            valueName: "file"
        )
    )
    var tlsCaFile: String?

    private static let bytesMax = 1 << 20

    func validate() throws {
        guard (tlsCert == nil) == (tlsKey == nil) else {
            throw ValidationError("--tls-cert and --tls-key come together.")
        }
        guard tlsCert == nil || names.isEmpty else {
            throw ValidationError("--tls-name is for a certificate that is made; leave --tls-cert out.")
        }
        guard tls || tlsCert != nil || names.isEmpty && tlsCaFile == nil else {
            throw ValidationError("--tls-name and --tls-ca-file need --tls.")
        }
    }

    /// The certificate, whose authority is written to its file; nil when no TLS is spoken.
    func certificate(host: String) throws(CommandFailure) -> ServerCertificate? {
        guard tls || tlsCert != nil else { return nil }
        let certificate =
            if let tlsCert, let tlsKey { try read(tlsCert, tlsKey) } else { try make(for: [host] + names) }
        if let tlsCaFile { try SmallFile.replace(tlsCaFile, with: Array(certificate.authorityPEM.utf8)) }
        return certificate
    }

    private func read(_ chain: String, _ key: String) throws(CommandFailure) -> ServerCertificate {
        let chainPEM = try SmallFile.contents(of: chain, bytesMax: Self.bytesMax)
        let keyPEM = try SmallFile.contents(of: key, bytesMax: Self.bytesMax)
        do throws(KinesisLocalError) {
            return try ServerCertificate(chainPEM: chainPEM, keyPEM: keyPEM)
        } catch {
            throw CommandFailure(.badInput, "\(chain), \(key): \(error.message)")
        }
    }

    private func make(for names: [String]) throws(CommandFailure) -> ServerCertificate {
        do throws(KinesisLocalError) {
            return try .made(for: names)
        } catch {
            throw CommandFailure(.usage, error.message)
        }
    }
}
