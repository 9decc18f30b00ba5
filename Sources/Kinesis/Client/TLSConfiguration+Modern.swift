public import NIOSSL

extension TLSConfiguration {
    /// Leaves TLS 1.2 and 1.3 with ciphers that keep old recordings secret and check what they decipher.
    ///
    /// They are ECDHE with AES-GCM or ChaCha20-Poly1305, which all ends of AWS speak (docs/ASVS.md).
    public mutating func useModernCiphers() {
        minimumTLSVersion = .tlsv12
        cipherSuites = "ECDHE+AESGCM:ECDHE+CHACHA20"
    }
}
