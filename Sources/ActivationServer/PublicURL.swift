/// The base URL by which clients reach the server through what stands in front of it.
public struct PublicURL: Sendable, Equatable, CustomStringConvertible {
    /// The URL, without a slash at its end.
    public let description: String

    /// Reads a URL.
    ///
    /// - Parameter text: An absolute `http` or `https` URL; it may have a path.
    /// - Throws: ``ServerStartError`` saying what it has to be.
    public init(_ text: String) throws(ServerStartError) {
        guard let address = WebAddress(text) else {
            throw ServerStartError("\(text) is not an absolute http or https URL; write it such as https://cdp.example")
        }
        var path = address.rest
        while path.last == "/" { path.removeLast() }
        let isPath = path.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && !#"?#"<>\^`{|}"#.utf8.contains($0) }
        guard !address.hasUser, isPath else {
            throw ServerStartError(
                "a base URL has no user name, no query and no fragment, and no character in its path that is to be "
                    + "written %XX; write it such as \(address.origin)"
            )
        }
        description = address.origin + path
    }
}
