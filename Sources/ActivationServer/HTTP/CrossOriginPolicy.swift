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
    /// - Parameter origins: Each `scheme://host` with a port where it is not the scheme's own, or `*` for every page.
    /// - Throws: ``ServerStartError`` for an entry that no browser would send.
    public init(origins: [String]) throws(ServerStartError) {
        for origin in origins {
            guard origin != "*" else {
                isForAll = true
                continue
            }
            let lower = origin.lowercased()
            let host = ["https://", "http://"].lazy.compactMap { scheme in
                lower.hasPrefix(scheme) ? lower.dropFirst(scheme.count) : nil
            }.first
            guard let host, !host.isEmpty, !host.contains(where: { "/?#@ ".contains($0) }) else {
                throw ServerStartError(
                    "\(origin) is not an origin: give scheme, host and port without a path, such as "
                        + "https://shop.example, or * for every page"
                )
            }
            self.origins.insert(lower)
        }
    }

    /// Whether anybody is allowed.
    var isEmpty: Bool { origins.isEmpty && !isForAll }

    /// What to say to an origin that may send; nil when it may not.
    func answer(to origin: String) -> String? {
        if isForAll { return "*" }
        return origins.contains(origin.lowercased()) ? origin : nil
    }

    /// Whether a path belongs to an inlet.
    static func covers(_ path: String) -> Bool {
        path.hasPrefix("/collection/") || path.hasPrefix("/data/foundation/import/")
    }
}
