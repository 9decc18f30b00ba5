/// An attribute that a condition reads.
public struct AttributeRead: Sendable, Equatable {
    /// The keys from the top.
    public var keys: [String]
    /// Its value; nil when there is none.
    public var value: JSONValue?
    /// Where the value comes from; nil when nobody stated anything there, or that is not known.
    public var origin: AttributeOrigin?
}

extension AttributeRead {
    /// Reads an attribute as an expression does.
    ///
    /// - Parameters:
    ///   - path: The path.
    ///   - view: The profile's attributes.
    ///   - paths: The dictionary of the paths, that of the expression too.
    ///   - origins: Where the values come from; nil when that is not known.
    init(_ path: PathID, in view: AttributeView, _ paths: PathDictionary, _ origins: AttributeOrigins?) {
        keys = paths.keys(of: path)
        var prefixes: [PathID] = []
        var above = paths.parent(of: path)
        while above != .root {
            prefixes.append(above)
            above = paths.parent(of: above)
        }
        let value = PQLProfilePath(id: path, prefixes: prefixes, keys: keys).value(in: view, paths)
        if !value.isNull {
            var bytes: [UInt8] = []
            value.write(to: &bytes)
            self.value = try? JSONValue(parsing: bytes)
        }
        origin = origins?.origin(of: path, below: prefixes)
    }
}
