package import ActivationEngine

/// What a log still holds when it is opened.
///
/// Groups are looked for at every place where one may begin, so a damaged one hides none behind it. The last group may have
/// been torn by a loss of power: nobody was told that it is durable. A group that is missing before another one was
/// durable, since only one is ever on its way, so then the log is damaged and is not used.
package struct LogRecovery {
    /// Where a group stands.
    private struct Place {
        var name: String
        var offset: Int
        var header: LogGroup.Header
    }

    private let volume: any LogVolume
    private let plantedFaults: Set<CommitLog.PlantedFault>
    private let places: [Place]
    private let applied: UInt64
    /// The number of the last entry, or of the last one that is not needed any more.
    package let last: UInt64

    /// How many entries are needed.
    package var count: Int64 { Int64(last - applied) }

    /// Bytes that are read at a time.
    private static let chunkBytes = 1 << 20

    /// Looks through the files of a log.
    ///
    /// - Parameters:
    ///   - volume: Where they are.
    ///   - id: What tells this log from that of another store.
    ///   - applied: The number of the last entry that is not needed any more.
    ///   - plantedFaults: Mistakes, to be found by tests.
    /// - Throws: `corrupt` when groups are missing; `io` when the files cannot be read.
    package init(
        _ volume: any LogVolume,
        id: UInt64,
        after applied: UInt64,
        plantedFaults: Set<CommitLog.PlantedFault> = []
    ) throws(StorageError) {
        self.volume = volume
        self.applied = applied
        self.plantedFaults = plantedFaults
        var found: [Place] = []
        for (_, name) in try NumberedFiles.segments.all(in: volume) {
            try Self.groups(in: name, of: volume, id: id, after: applied, &found)
        }
        found.sort { $0.header.first < $1.header.first }
        var last = applied
        for place in found {
            // Of the first one some entries may not be needed any more.
            guard place.header.first == last + 1 || last == applied && place.header.first <= applied else {
                throw StorageError(
                    .corrupt,
                    "the commit log ends at entry \(last) and goes on at entry \(place.header.first): what stood between was "
                        + "acknowledged and cannot be read; restore the directory from a backup"
                )
            }
            last = place.header.last
        }
        places = found
        self.last = last
    }

    private static func groups(
        in name: String,
        of volume: any LogVolume,
        id: UInt64,
        after applied: UInt64,
        _ found: inout [Place]
    ) throws(StorageError) {
        let file = try volume.open(name)
        let size = try file.size()
        var chunk: [UInt8] = []
        var start = 0
        var offset = 0
        while offset + LogGroup.headerBytes <= size {
            // Read on when the next header is not in what was read.
            if offset + LogGroup.headerBytes > start + chunk.count {
                start = offset
                chunk = try file.read(chunkBytes, at: start)
                guard chunk.count >= LogGroup.headerBytes else { break }
            }
            let header = chunk.withUnsafeBytes { bytes in
                LogGroup.header(UnsafeRawBufferPointer(rebasing: bytes[(offset - start)...]), room: size - offset)
            }
            if let header, header.log == id, try isWhole(header, file, at: offset) {
                if header.last > applied { found.append(Place(name: name, offset: offset, header: header)) }
                offset += header.paddedBytes
            } else {
                offset += LogGroup.alignment
            }
        }
    }

    private static func isWhole(
        _ header: LogGroup.Header,
        _ file: any LogFile,
        at offset: Int
    ) throws(StorageError) -> Bool {
        try group(header, file, at: offset).withUnsafeBytes { LogGroup.isWhole($0, header) }
    }

    private static func group(
        _ header: LogGroup.Header,
        _ file: any LogFile,
        at offset: Int
    ) throws(StorageError) -> [UInt8] {
        try file.read(LogGroup.headerBytes + header.bytes, at: offset)
    }

    /// Hands out the entries that are needed, in their order.
    ///
    /// - Parameter take: Takes an entry.
    /// - Throws: What `take` throws; `corrupt` or `io` when an entry cannot be read.
    package func forEach(_ take: (LogEntry) throws(StorageError) -> Void) throws(StorageError) {
        for place in places {
            let (header, file) = (place.header, try volume.open(place.name))
            let takesPadding = plantedFaults.contains(.paddingTakenForEntries)
            let group = try file.read(
                takesPadding ? header.paddedBytes : LogGroup.headerBytes + header.bytes,
                at: place.offset
            )
            // Whoever looks beside a server may find that it was written over since.
            let isSame = group.withUnsafeBytes { bytes in
                LogGroup.header(bytes, room: header.paddedBytes) == header && LogGroup.isWhole(bytes, header)
            }
            guard isSame else {
                throw StorageError(.corrupt, "a group of the commit log changed while it was read; try again")
            }
            var offset = LogGroup.headerBytes
            var number = header.first
            while number <= header.last || takesPadding && offset < group.count {
                guard let entry = Self.entry(in: group, at: &offset, number: number) else {
                    throw StorageError(
                        .corrupt,
                        "entry \(number) of the commit log is not as long as it says; restore the directory from a backup"
                    )
                }
                if number > applied { try take(entry) }
                number += 1
            }
        }
    }

    private static func entry(in group: [UInt8], at offset: inout Int, number: UInt64) -> LogEntry? {
        group.withUnsafeBytes { bytes in
            guard bytes.count - offset >= LogGroup.entryHeaderBytes else { return nil }
            let count = Int(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
            let kind = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset + 4, as: UInt32.self))
            offset += LogGroup.entryHeaderBytes
            guard bytes.count - offset >= count else { return nil }
            defer { offset += count }
            return LogEntry(number: number, kind: kind, bytes: Array(bytes[offset..<offset + count]))
        }
    }
}
