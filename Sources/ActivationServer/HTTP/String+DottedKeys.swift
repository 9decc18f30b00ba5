extension String {
    /// The keys of a dotted path, cut at every byte that is a dot: to Swift a dot with an accent is another character.
    var dottedKeys: [String] {
        utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).map { String(Substring($0)) }
    }
}
