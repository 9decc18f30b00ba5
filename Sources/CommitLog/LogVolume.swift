package import ActivationEngine

/// The files of one directory, as far as the log needs them.
///
/// The seam at which tests put a disk that loses, tears and reorders what was not made durable.
package protocol LogVolume: Sendable {
    /// The names of all files that there are.
    func names() throws(StorageError) -> [String]

    /// Makes an empty file; its name survives power loss after ``synchronizeNames()``.
    ///
    /// - Throws: `full` or `io`, also when there is one.
    func create(_ name: String) throws(StorageError) -> any LogFile

    /// Opens a file that is there.
    func open(_ name: String) throws(StorageError) -> any LogFile

    /// Removes a file, if it is there.
    func remove(_ name: String) throws(StorageError)

    /// Makes what files there are survive power loss.
    func synchronizeNames() throws(StorageError)
}

/// A file of a ``LogVolume``; its size is that of what was written.
package protocol LogFile: Sendable {
    /// Bytes that it has.
    func size() throws(StorageError) -> Int

    /// Reads bytes; fewer than asked for at the end of the file only.
    func read(_ count: Int, at offset: Int) throws(StorageError) -> [UInt8]

    /// Writes bytes; they may be lost, in any part and order, until ``synchronize()`` has returned.
    func write(_ bytes: [UInt8], at offset: Int) throws(StorageError)

    /// Makes everything written survive power loss; when it fails nobody knows what of it does, and it must not be tried again.
    func synchronize() throws(StorageError)
}
