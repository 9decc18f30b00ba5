/// Which web pages may send to inlets from a browser (the Fetch standard's CORS protocol).
///
/// Nobody may unless it is listed. Only inlets are opened: everything else is for servers, which need no permission.
public struct CrossOriginPolicy: Sendable, Equatable {
    private var origins: Set<String> = []
    private var isForAll = false

    /// Creates a policy that allows nobody.
    public init() {}

    /// Creates a policy from a list of origins.
    ///
    /// - Parameter origins: Each `scheme://host` with a port where it is not the scheme's own, or `*` for every page. Case
    ///   does not matter, nor does the scheme's own port.
    /// - Throws: ``ServerStartError`` for an entry that no browser would send.
    public init(origins: [String]) throws(ServerStartError) {
        for origin in origins {
            guard origin != "*" else {
                isForAll = true
                continue
            }
            self.origins.insert(try CrossOriginPolicy.origin(origin))
        }
    }

    /// An entry as browsers write it.
    private static func origin(_ text: String) throws(ServerStartError) -> String {
        guard let address = WebAddress(text) else {
            throw ServerStartError("\(text) is not an origin: \(cure(for: text))")
        }
        guard !address.hasUser else {
            throw ServerStartError("an origin has no user name and no password; write \(address.origin)")
        }
        guard address.rest.isEmpty else {
            throw ServerStartError(
                "\(text) is not an origin: it has a path, or a slash at its end; write \(address.origin)"
            )
        }
        return address.origin
    }

    private static func cure(for text: String) -> String {
        if text.contains("*") { return "a star stands alone, for every page; else write each page's origin" }
        if !text.utf8.allSatisfy({ $0 < 0x80 }) {
            return "browsers send names with other letters than ASCII's in their form beginning with xn--; write that"
        }
        return "write scheme, host and port as browsers send them, such as https://shop.example, or * for every page"
    }

    /// Whether anybody is allowed.
    var isEmpty: Bool { origins.isEmpty && !isForAll }

    /// What to say to an origin that may send; nil when it may not.
    func answer(to origin: String) -> String? {
        if isForAll { return "*" }
        return origins.contains(origin) ? origin : nil
    }

    /// Whether a path belongs to an inlet.
    static func covers(_ path: String) -> Bool {
        path.hasPrefix("/collection/") || path.hasPrefix("/data/foundation/import/")
    }
}
