import ActivationServer
import Glibc

extension StoreSpace {
    /// Asks the operating system; nil when the figures cannot be had.
    ///
    /// - Parameter directory: The directory of the store.
    init?(directory: String) {
        var volume = statvfs()
        guard statvfs(directory, &volume) == 0, let database = StoreSpace.size(of: "\(directory)/headwater.db") else {
            return nil
        }
        func bytes(_ blocks: fsblkcnt_t) -> Int64 {
            let (bytes, overflows) = UInt64(blocks).multipliedReportingOverflow(by: UInt64(volume.f_frsize))
            return overflows ? .max : Int64(clamping: bytes)
        }
        self.init(
            database: database,
            log: StoreSpace.size(of: "\(directory)/headwater.db-wal") ?? 0,
            free: bytes(volume.f_bavail),
            disk: bytes(volume.f_blocks)
        )
    }

    private static func size(of path: String) -> Int64? {
        var file = stat()
        return stat(path, &file) == 0 ? Int64(file.st_size) : nil
    }
}
