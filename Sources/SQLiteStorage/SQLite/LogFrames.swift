/// Tells which pages were written to a write-ahead log since it was looked at last (SQLite file format 4.1).
struct LogFrames {
    /// What stands in the header and in every frame of one log, and in no frame of the one before it in the same file.
    private var salts: ArraySlice<UInt8> = []
    /// Frames that were looked at.
    private var seen = 0

    /// Calls for every page in the frames that are new; a page may come more than once.
    ///
    /// - Parameters:
    ///   - log: The log's file.
    ///   - count: How many frames it has; those behind belong to nothing that was committed.
    ///   - visit: Takes the number of a page.
    /// - Returns: Whether all of them could be told.
    mutating func visitNew(in log: ConnectionFile, count: Int, _ visit: (_ page: Int64) -> Void) -> Bool {
        var header = [UInt8](repeating: 0, count: 32)
        guard log.read(into: &header, at: 0) == 0 else { return false }
        if header[16..<24] != salts { (salts, seen) = (header[16..<24], 0) }
        let frameBytes = 24 + Self.number(in: header[8..<12])
        var frame = [UInt8](repeating: 0, count: 24)
        while seen < count {
            guard log.read(into: &frame, at: 32 + Int64(seen) * frameBytes) == 0,
                frame[8..<16].elementsEqual(salts)
            else { return false }
            visit(Self.number(in: frame[0..<4]))
            seen += 1
        }
        return true
    }

    private static func number(in bytes: ArraySlice<UInt8>) -> Int64 { bytes.reduce(0) { $0 << 8 | Int64($1) } }
}
