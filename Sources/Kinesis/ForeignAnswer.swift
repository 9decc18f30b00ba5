/// An answer that the service would never give, told apart for who has to find out what gave it.
struct ForeignAnswer {
    /// The HTTP status.
    var status: Int
    /// The body as it came.
    var body: [UInt8]
    /// The value of `Location`.
    var location: String?
    /// An error's name that stands in a header alone, as API gateways of AWS put it.
    var headerName: String?

    /// What was found and what to do; holds nothing of the body but an error's name.
    var message: String {
        let start = String(decoding: body.prefix(4_096), as: UTF8.self)
        let text = start.drop { $0.isWhitespace || $0 == "\u{FEFF}" }.lowercased()
        if 300..<400 ~= status {
            return
                "the endpoint redirects (HTTP \(status)\(target)), which Kinesis never does; a login page or a proxy is "
                + "in between, or the URL is another site's: correct it"
        }
        if status == 407 {
            return
                "a proxy in between asks for its own credentials (HTTP 407); let this server reach the endpoint directly"
        }
        if text.hasPrefix("<!doctype html") || text.contains("<html") {
            return
                "the endpoint answers with a web page (HTTP \(status)), as proxies, firewalls and web servers do; let "
                + "this server through to Kinesis, or correct the URL"
        }
        if text.hasPrefix("<") {
            return
                "the endpoint answers in XML (HTTP \(status)\(xmlErrorName(start).map { ", \($0)" } ?? "")), as Amazon "
                + "S3 and other services do; \(cure)"
        }
        if let headerName {
            return "the endpoint answers as an API gateway (HTTP \(status), \(headerName)), not as Kinesis; \(cure)"
        }
        if text.hasPrefix("{") || text.hasPrefix("[") {
            return "the endpoint answers with JSON that is none of Kinesis (HTTP \(status)); \(cure)"
        }
        return "the endpoint answers HTTP \(status) with nothing that Kinesis would say; \(cure)"
    }

    private var cure: String {
        "something else listens there: give the URL of Kinesis Data Streams, such as https://kinesis.eu-west-1.amazonaws.com"
    }

    /// Scheme and host of a redirect; path and query may hold what is nobody's business.
    private var target: String {
        guard let location, let url = try? EndpointURL(String(location.prefix { $0 != "?" && $0 != "#" }.origin)) else {
            return ""
        }
        return " to \(url.text)"
    }

    /// What stands between `<Code>` and `</Code>`, when it is a word.
    private func xmlErrorName(_ text: String) -> String? {
        guard let start = text.firstRange(of: "<Code>")?.upperBound,
            let end = text[start...].firstRange(of: "</Code>")?.lowerBound
        else { return nil }
        let name = text[start..<end]
        return name.isErrorName ? String(name) : nil
    }
}

extension Substring {
    /// What stands before the third slash.
    fileprivate var origin: Substring {
        var slashes = 0
        return prefix { character in
            if character == "/" { slashes += 1 }
            return slashes < 3
        }
    }
}
