import CZlib
import Crypto

/// A static file of the console, as it is served.
public struct ConsoleAsset: Sendable {
    /// The last part of its path: a digest of its content, so that a new content has a new path.
    public let name: String
    /// Its media type.
    public let mediaType: String
    /// Its content.
    public let bytes: [UInt8]
    /// The content in the gzip format; nil when that could not be made.
    public let compressed: [UInt8]?

    init(_ text: String, extension suffix: String, mediaType: String) {
        bytes = Array(text.utf8)
        self.mediaType = mediaType
        let digits = SHA256.hash(data: bytes).prefix(10).map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0\(digits)" : digits
        }
        name = "\(digits.joined()).\(suffix)"
        compressed = ConsoleAsset.gzip(bytes)
    }

    private static func gzip(_ bytes: [UInt8]) -> [UInt8]? {
        var stream = z_stream()
        // 15 = largest window, 16 = a gzip header and trailer; 8 = the usual memory.
        let status = deflateInit2_(
            &stream,
            Z_BEST_COMPRESSION,
            Z_DEFLATED,
            15 + 16,
            8,
            Z_DEFAULT_STRATEGY,
            ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size)
        )
        guard status == Z_OK else { return nil }
        defer { deflateEnd(&stream) }
        var input = bytes
        var isWhole = false
        let output = input.withUnsafeMutableBufferPointer { input in
            [UInt8](unsafeUninitializedCapacity: Int(deflateBound(&stream, UInt(input.count)))) { output, count in
                stream.next_in = input.baseAddress
                stream.avail_in = UInt32(input.count)
                stream.next_out = output.baseAddress
                stream.avail_out = UInt32(output.count)
                isWhole = deflate(&stream, Z_FINISH) == Z_STREAM_END
                count = Int(stream.total_out)
            }
        }
        return isWhole ? output : nil
    }
}
