import Glibc

/// A directory of files that are the server's alone.
///
/// All of it waits for the disk; callers are on threads that may.
struct DiskDirectory {
    /// Where it is.
    let path: String

    /// Makes it, unless it is there.
    func make() throws(DiskFailure) {
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw DiskFailure(number: errno) }
    }

    /// Makes durable which files are in it.
    func synchronize() throws(DiskFailure) {
        let file = try DiskFile(path: path).open(O_RDONLY | O_DIRECTORY)
        defer { close(file) }
        guard fsync(file) == 0 else { throw DiskFailure(number: errno) }
    }

    /// What is in it, sorted; nothing when it is not there.
    func names() -> [String] {
        guard let listing = opendir(path) else { return [] }
        defer { closedir(listing) }
        var names: [String] = []
        while let entry = readdir(listing) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }
}
