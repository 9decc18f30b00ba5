import Kinesis

extension CertificateBundle {
    private static let bytesMax = 4 << 20

    /// Reads the authorities in a PEM file.
    init(file: String) throws(CommandFailure) {
        let bytes = try SmallFile.contents(of: file, bytesMax: Self.bytesMax)
        do throws(KinesisError) {
            self = try CertificateBundle(pem: bytes)
        } catch {
            throw CommandFailure(.badInput, "\(file): \(error.message)")
        }
    }
}
