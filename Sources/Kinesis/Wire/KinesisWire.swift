/// The two encodings that the service speaks.
public enum KinesisWire: String, Sendable, CaseIterable {
    /// `application/x-amz-json-1.1`: blobs are base64, timestamps are epoch seconds.
    case json
    /// `application/x-amz-cbor-1.1`: RFC 8949 with blobs as byte strings and timestamps as tag 1 over milliseconds.
    case cbor

    /// The value of the `Content-Type` header.
    public var contentType: String {
        switch self {
        case .json: "application/x-amz-json-1.1"
        case .cbor: "application/x-amz-cbor-1.1"
        }
    }

    /// The bytes of a document.
    ///
    /// - Parameter value: A tree without NaN or infinite numbers.
    /// - Returns: The document in this encoding.
    public func encode(_ value: WireValue) -> [UInt8] {
        var bytes: [UInt8] = []
        encode(value, into: &bytes)
        return bytes
    }

    /// Appends a document to a buffer.
    ///
    /// - Parameters:
    ///   - value: A tree without NaN or infinite numbers.
    ///   - bytes: The buffer that grows by the document.
    public func encode(_ value: WireValue, into bytes: inout [UInt8]) {
        switch self {
        case .json: JSONWireWriter.append(value, to: &bytes)
        case .cbor: CBORWireWriter.append(value, to: &bytes)
        }
    }

    /// Reads one whole document.
    ///
    /// - Parameter bytes: The document and nothing after it.
    /// - Returns: The tree; see `WireValue` for what JSON cannot tell apart.
    /// - Throws: `WireError` for anything but a well-formed document inside `WireLimits`.
    public func decode(_ bytes: [UInt8]) throws(WireError) -> WireValue {
        try decode(bytes.span)
    }

    /// Reads one whole document.
    ///
    /// - Parameter bytes: The document and nothing after it.
    /// - Returns: The tree; see `WireValue` for what JSON cannot tell apart.
    /// - Throws: `WireError` for anything but a well-formed document inside `WireLimits`.
    public func decode(_ bytes: Span<UInt8>) throws(WireError) -> WireValue {
        guard bytes.count <= WireLimits.documentBytesMax else {
            throw WireError(
                offset: WireLimits.documentBytesMax,
                found: "\(bytes.count) bytes",
                expected: "at most \(WireLimits.documentBytesMax) bytes"
            )
        }
        switch self {
        case .json:
            var reader = JSONWireReader(bytes)
            return try reader.document()
        case .cbor:
            var reader = CBORWireReader(bytes)
            return try reader.document()
        }
    }
}
