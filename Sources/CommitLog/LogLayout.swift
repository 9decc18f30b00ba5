/// Which group goes where.
///
/// Files are written over, one after the other, as soon as what is in them is not needed any more. Pure; the files themselves
/// are somebody else's business.
struct LogLayout {
    /// What stands in a file.
    struct Segment {
        var number: UInt64
        /// Bytes of the file.
        var bytes: Int
        /// Where the next group goes.
        var end = 0
        /// The number of the last entry in it; 0 = there is none.
        var last: UInt64 = 0
        /// Bytes from its beginning that may hold something else than zeros.
        var usedBytes = 0
    }

    /// Where a group goes.
    struct Place: Equatable {
        var segment: UInt64
        var offset: Int
    }

    /// All files; the last one is the one that is written.
    private(set) var segments: [Segment]
    /// The number of the last entry that is not needed any more.
    private(set) var released: UInt64
    private let bytesMin: Int
    private let bytesMax: Int

    init(_ segments: [Segment], released: UInt64, bytesMin: Int, bytesMax: Int) {
        (self.segments, self.released) = (segments, released)
        (self.bytesMin, self.bytesMax) = (bytesMin, bytesMax)
    }

    /// Whether there is a file with room for a group.
    func hasRoom(for bytes: Int) -> Bool { index(for: bytes) != nil }

    private func index(for bytes: Int) -> Int? {
        if let last = segments.indices.last, segments[last].last > released,
            segments[last].bytes - segments[last].end >= bytes
        {
            return last
        }
        return segments.firstIndex { $0.last <= released && $0.bytes >= bytes }
    }

    /// Gives a group its place; nil when there is no room for it.
    ///
    /// - Parameters:
    ///   - bytes: Bytes of the group with its padding.
    ///   - last: The number of its last entry.
    /// - Returns: The place.
    mutating func take(_ bytes: Int, last: UInt64) -> Place? {
        guard let index = index(for: bytes) else { return nil }
        var segment = segments.remove(at: index)
        if segment.last <= released { segment.end = 0 }
        let place = Place(segment: segment.number, offset: segment.end)
        segment.end += bytes
        segment.usedBytes = max(segment.usedBytes, segment.end)
        segment.last = last
        segments.append(segment)
        return place
    }

    /// The next file, for a group for which there is no room: as large as all that there are, within bounds.
    func nextSegment(for bytes: Int) -> Segment {
        let present = segments.reduce(0) { $0 + $1.bytes }
        let size = max(min(max(present, bytesMin), bytesMax), bytes)
        return Segment(number: (segments.map(\.number).max() ?? 0) + 1, bytes: LogGroup.padded(size))
    }

    /// Adds a file that was made; the present one stays the one that is written.
    mutating func add(_ segment: Segment) {
        segments.insert(segment, at: max(segments.count - 1, 0))
    }

    /// Gives up entries.
    mutating func release(through number: UInt64) {
        released = max(released, number)
    }

    /// Files that hold nothing but what was given up, with the bytes of it.
    var givenUp: [Segment] { segments.filter { $0.last <= released && $0.usedBytes > 0 } }

    /// Notes that a file holds zeros again.
    mutating func wiped(_ number: UInt64) {
        guard let index = segments.firstIndex(where: { $0.number == number }), segments[index].last <= released else {
            return
        }
        (segments[index].end, segments[index].usedBytes) = (0, 0)
    }
}
