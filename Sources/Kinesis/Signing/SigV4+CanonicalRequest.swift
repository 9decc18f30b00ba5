extension SigV4 {
    /// The text whose hash is signed, and the list of header names in it.
    ///
    /// - Parameter request: The request with every header that is signed, `X-Amz-Date` included.
    /// - Returns: The canonical request and the value of `SignedHeaders`.
    public static func canonicalRequest(_ request: Request) -> (text: String, signedHeaders: String) {
        let headers = canonicalHeaders(request.headers)
        let signedHeaders = headers.map(\.name).joined(separator: ";")
        var text = "\(request.method)\n\(canonicalPath(request.path))\n\(canonicalQuery(request.query))\n"
        for header in headers { text += "\(header.name):\(header.value)\n" }
        text += "\n\(signedHeaders)\n\(hex(request.bodyHash))"
        return (text, signedHeaders)
    }

    /// Names in lower case, sorted; values trimmed, inner white space made one space, repeats joined by commas.
    private static func canonicalHeaders(
        _ headers: [(name: String, value: String)]
    ) -> [(name: String, value: String)] {
        var result: [(name: String, value: String)] = []
        for header in headers {
            let name = header.name.lowercased()
            let value = header.value.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            if let index = result.firstIndex(where: { $0.name == name }) {
                result[index].value += ",\(value)"
            } else {
                result.append((name: name, value: value))
            }
        }
        return result.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }

    /// The path without `.`, `..` and empty segments, each remaining byte outside the unreserved ones encoded.
    private static func canonicalPath(_ path: String) -> String {
        var segments: [Substring] = []
        for segment in path.split(separator: "/") where segment != "." {
            if segment == ".." {
                _ = segments.popLast()
            } else {
                segments.append(segment)
            }
        }
        guard !segments.isEmpty else { return "/" }
        let trailing = path.hasSuffix("/") ? "/" : ""
        return "/" + segments.map { percentEncoded(String($0)) }.joined(separator: "/") + trailing
    }

    private static func canonicalQuery(_ query: [(name: String, value: String)]) -> String {
        query.map { (name: percentEncoded($0.name), value: percentEncoded($0.value)) }
            .sorted {
                $0.name == $1.name
                    ? $0.value.utf8.lexicographicallyPrecedes($1.value.utf8)
                    : $0.name.utf8.lexicographicallyPrecedes($1.name.utf8)
            }
            .map { "\($0.name)=\($0.value)" }
            .joined(separator: "&")
    }

    /// Everything but the unreserved characters of RFC 3986 as `%XX`, upper case.
    static func percentEncoded(_ text: String) -> String {
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                bytes.append(byte)
            default:
                bytes.append(UInt8(ascii: "%"))
                bytes.append(contentsOf: hex([byte]).uppercased().utf8)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
