import Glibc

/// A directory of this process's own, under `TMPDIR` or `/tmp`.
struct TemporaryDirectory {
    let path: String

    init(prefix: String) throws(CommandFailure) {
        var template = Array("\(Environment["TMPDIR"] ?? "/tmp")/\(prefix)-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw CommandFailure(.unavailable, "cannot make a temporary directory: \(String(cString: strerror(errno)))")
        }
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// Removes the directory and everything in it.
    func remove() {
        TemporaryDirectory.remove(path)
    }

    private static func remove(_ path: String) {
        guard let listing = opendir(path) else { return }
        while let entry = readdir(listing) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard name != ".", name != ".." else { continue }
            // A link is removed and not followed.
            if unlink("\(path)/\(name)") != 0 { remove("\(path)/\(name)") }
        }
        closedir(listing)
        rmdir(path)
    }
}
