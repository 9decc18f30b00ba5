import ActivationServer
import Glibc

extension StoreSpace {
    /// Asks the operating system; nil when the figures cannot be had.
    ///
    /// - Parameters:
    ///   - directory: The directory of the store.
    ///   - holdsStore: Whether the store is in it.
    init?(directory: String, holdsStore: Bool = true) {
        var volume = statvfs()
        guard statvfs(directory, &volume) == 0,
            let database = holdsStore ? StoreSpace.size(of: "\(directory)/headwater.db") : 0
        else { return nil }
        func bytes(_ blocks: fsblkcnt_t) -> Int64 {
            let (bytes, overflows) = UInt64(blocks).multipliedReportingOverflow(by: UInt64(volume.f_frsize))
            return overflows ? .max : Int64(clamping: bytes)
        }
        let logs = StoreSpace.size(of: "\(directory)/headwater.db-wal") ?? 0
        self.init(
            database: database + StoreSpace.sizes(in: "\(directory)/values"),
            log: logs + StoreSpace.sizes(in: "\(directory)/log"),
            free: bytes(volume.f_bavail),
            disk: bytes(volume.f_blocks)
        )
    }

    private static func sizes(in directory: String) -> Int64 {
        let names = (try? PrivateTree.names(in: directory)) ?? []
        return names.reduce(0) { $0 + (size(of: "\(directory)/\($1)") ?? 0) }
    }

    private static func size(of path: String) -> Int64? {
        var file = stat()
        return stat(path, &file) == 0 ? Int64(file.st_size) : nil
    }
}
