import ActivationCore
import ActivationEngine

/// The shapes of a Kinesis destination's fields; whether they work is the probe's matter (SPEC 2, 10.6; `CFG-001`).
enum DestinationFields {
    /// Checks `auth.params` of a base connection.
    static func checkCredentials(_ params: Fields) throws(APIError) {
        try checkKey(params, "accessKeyId", charactersMax: 128, isRequired: true)
        try checkKey(params, "secretKey", charactersMax: 256, isRequired: true)
        try checkKey(params, "sessionToken", charactersMax: 8_192, isRequired: false)
        let region = try text(params, "region")
        let url = try text(params, "connectionUrl")
        guard region != nil || url != nil else {
            throw invalid("\(params.pointer)/region is required, such as eu-west-1, or connectionUrl instead of it")
        }
        if let region { try checkRegion(region, at: "\(params.pointer)/region") }
        if let url { try checkURL(url, at: "\(params.pointer)/connectionUrl") }
    }

    /// Checks `params` of a target connection.
    static func checkTarget(_ params: Fields) throws(APIError) {
        guard let stream = try text(params, "stream") else {
            throw invalid("\(params.pointer)/stream is required, the name of an existing stream")
        }
        guard stream.utf8.count <= 128, stream.utf8.allSatisfy(isStreamByte) else {
            throw invalid("\(params.pointer)/stream has 1 to 128 letters, digits, _, . or -")
        }
        if let region = try text(params, "region") { try checkRegion(region, at: "\(params.pointer)/region") }
        _ = try params.bool("includeSegmentNames")
        _ = try params.bool("includeSegmentTimestamps")
        guard try params.string("wire").map({ $0 == "json" || $0 == "cbor" }) ?? true else {
            throw invalid("\(params.pointer)/wire must be json or cbor")
        }
        if let retries = params["retries"] {
            guard let count = retries.int64, 0...1_000 ~= count else {
                throw invalid(
                    "\(params.pointer)/retries must be a whole number from 0 to 1000; without it there is no limit"
                )
            }
        }
    }

    private static func text(_ params: Fields, _ key: String) throws(APIError) -> String? {
        guard let value = params[key] else { return nil }
        guard let text = value.string, !text.isEmpty else {
            throw invalid("\(params.pointer)/\(key) must be a string that is not empty")
        }
        return text
    }

    private static func checkKey(
        _ params: Fields,
        _ key: String,
        charactersMax: Int,
        isRequired: Bool
    ) throws(APIError) {
        guard let text = try text(params, key) else {
            if isRequired { throw invalid("\(params.pointer)/\(key) is required") }
            return
        }
        guard text.utf8.count <= charactersMax, text.utf8.allSatisfy({ 0x21...0x7E ~= $0 }) else {
            throw invalid(
                "\(params.pointer)/\(key) has at most \(charactersMax) printable ASCII characters without spaces"
            )
        }
    }

    private static func checkRegion(_ region: String, at pointer: String) throws(APIError) {
        let parts = region.split(separator: "-", omittingEmptySubsequences: false)
        let isName =
            parts.count >= 3 && region.utf8.count <= 32
            && isMade(parts.dropLast(), of: UInt8(ascii: "a")...UInt8(ascii: "z"))
            && isMade(parts.suffix(1), of: UInt8(ascii: "0")...UInt8(ascii: "9"))
        guard isName else { throw invalid("\(pointer) is not a valid region; it looks like eu-west-1") }
    }

    private static func isMade(_ parts: ArraySlice<Substring>, of bytes: ClosedRange<UInt8>) -> Bool {
        parts.allSatisfy { part in !part.isEmpty && part.utf8.allSatisfy(bytes.contains) }
    }

    private static func checkURL(_ url: String, at pointer: String) throws(APIError) {
        let lower = url.lowercased()
        guard let scheme = ["https://", "http://"].first(where: { lower.hasPrefix($0) }) else {
            throw invalid("\(pointer) must start with https:// (or http:// on this machine)")
        }
        var authority = lower.dropFirst(scheme.utf8.count)
        if authority.last == "/" { authority.removeLast() }
        let isPlain =
            !authority.isEmpty && authority.utf8.count <= 255
            && authority.utf8.allSatisfy { isStreamByte($0) || ":[]".utf8.contains($0) }
        guard isPlain else {
            throw invalid("\(pointer) is scheme, host and port alone, such as https://kinesis.eu-west-1.amazonaws.com")
        }
        let port = authority.split(separator: "]").last?.split(separator: ":", omittingEmptySubsequences: false)
            .dropFirst()
        if let digits = port?.last {
            guard port?.count == 1, let number = Int(digits), 1...65_535 ~= number else {
                throw invalid("\(pointer) has no valid port")
            }
        }
    }

    private static func isStreamByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "-"):
            true
        default:
            false
        }
    }

    private static func invalid(_ message: String) -> APIError {
        APIError(probe: DestinationProbeError(code: "CFG-001", step: "fields", message: message))
    }
}
