/// A directory for files that nobody needs after the measurement.
public protocol ScratchDirectory {
    /// Where it is.
    var path: String { get }

    /// Removes it and the files in it.
    func remove()
}

/// Makes an empty directory.
public typealias MakeDirectory = @Sendable () throws -> any ScratchDirectory
