import ActivationServer

/// The data keys of a server before its databases are copied, so that a copy has those that its secrets are under: the key may be
/// replaced meanwhile, and the one before destroyed.
struct DataKeyCopy {
    private let current: [UInt8]?
    private let previous: [UInt8]?

    private static let bytesMax = 1_024

    /// Reads them.
    init(of directory: String) throws(CommandFailure) {
        // In this order: a key is kept under its other name before a new one takes its place.
        current = try DataKeyCopy.contents(of: "\(directory)/\(ServerKey.data.file)")
        previous = try DataKeyCopy.contents(of: "\(directory)/\(ServerKey.data.previousFile)")
    }

    private static func contents(of path: String) throws(CommandFailure) -> [UInt8]? {
        guard PrivateTree.exists(path) else { return nil }
        do throws(CommandFailure) {
            return try SmallFile.contents(of: path, bytesMax: bytesMax)
        } catch {
            // It was destroyed between the two looks.
            guard PrivateTree.exists(path) else { return nil }
            throw error
        }
    }

    /// Adds to a copy the key that it may need and that is gone.
    ///
    /// - Parameter copy: The copy, with the keys as they were after the databases were copied.
    /// - Throws: ``CommandFailure`` when the key was replaced twice meanwhile.
    func complete(_ copy: String) throws(CommandFailure) {
        guard let current else { return }
        let path = "\(copy)/\(ServerKey.data.previousFile)"
        let now = try DataKeyCopy.contents(of: "\(copy)/\(ServerKey.data.file)")
        let kept = try DataKeyCopy.contents(of: path)
        if now == current {
            if kept == nil, let previous { try PrivateTree.write(previous, to: path) }
            return
        }
        guard previous == nil, kept.map({ Array($0.prefix(current.count)) == current }) ?? true else {
            throw CommandFailure(
                .retryLater,
                "the data key was replaced twice while the backup was taken; take it again"
            )
        }
        if kept == nil {
            // When it was replaced nobody needs to know: it goes when everything is encrypted anew.
            try PrivateTree.write(current + [UInt8](repeating: 0, count: 8), to: path)
        }
    }
}
