import ActivationCore
import ActivationEngine
import HTTPTypes
import Hummingbird

/// Versions of objects as clients see them (BEHAVIOUR 1.6): random per version, with the version's number behind.
enum EntityTag {
    /// The tag of the version after another one; the first version for nil.
    static func next(after tag: String?, ids: any IDSource) -> String {
        let number = tag?.split(separator: "-").last.flatMap { Int($0) } ?? 0
        let random = String(ids.next().low & 0xFFFF_FFFF_FFFF, radix: 16)
        return "\(random)-\(number &+ 1)"
    }

    /// The tag with its quotes, as headers and bodies carry it (BEHAVIOUR 1.7).
    static func quoted(_ tag: String) -> String {
        "\"\(tag)\""
    }

    /// The tag that a change has to meet, without quotes.
    ///
    /// - Throws: `1403-400` when there is none, or it says `*`, a weak tag or a list.
    static func required(_ request: Request) throws(APIError) -> String {
        guard let tag = try given(request) else {
            throw APIError(
                .matchMissing,
                "an update needs the header If-Match with the etag from the last GET, such as If-Match: \"8b03-1\""
            )
        }
        return tag
    }

    /// The tag in the header `If-Match`, else in the query item `if-match`, as Adobe's published requests have it
    /// (docs/API.md 4); nil when in neither.
    ///
    /// - Throws: `1403-400` for `*`, a weak tag or a list.
    static func given(_ request: Request) throws(APIError) -> String? {
        let header = request.headers[.ifMatch]
        let item = header == nil ? try QueryItems(request)["if-match"] : nil
        guard let given = header ?? item else { return nil }
        var text = given.trimmingPrefix { $0 == " " }
        while text.last == " " { text.removeLast() }
        if text.count >= 2, text.first == "\"", text.last == "\"" { text = text.dropFirst().dropLast() }
        guard !text.isEmpty, text != "*", !text.hasPrefix("W/"), !text.contains("\""), !text.contains(",") else {
            throw APIError(.matchMissing, "If-Match names one etag; *, weak tags and lists are not accepted")
        }
        return String(text)
    }

    /// Refuses a change that was decided on an older version.
    ///
    /// - Throws: `1404-412`.
    static func check(_ tag: String, is current: String) throws(APIError) {
        guard tag.hasSameBytes(as: current) else {
            throw APIError(
                .matchFailed,
                "the object has changed since; its etag is now \(quoted(current)). Read it again and repeat the change"
            )
        }
    }
}
