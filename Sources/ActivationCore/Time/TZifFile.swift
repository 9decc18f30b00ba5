/// A file of the tz database: the changes of one zone's clocks that were or are foreseen, and the rule after them.
struct TZifFile: Sendable {
    /// Why bytes are no such file.
    struct Damage: Error {
        var message: String
    }

    /// What is added to UTC before the first change, in milliseconds.
    private(set) var first: Int64 = 0
    /// The changes in order: instants and what is added to UTC from then on, in milliseconds.
    private(set) var changes: [(instant: Int64, offset: Int64)] = []
    /// How it goes on after the last change; nil = it stays as it is.
    private(set) var rule: PosixTimeZone?

    init(_ bytes: [UInt8]) throws(Damage) {
        var reader = Reader(rest: bytes[...])
        let header = try Header(&reader)
        guard header.version > 1 else {
            try readChanges(header, timeLength: 4, &reader)
            return
        }
        // What an old program reads of the file comes first.
        _ = try reader.take(header.length(timeLength: 4))
        try readChanges(try Header(&reader), timeLength: 8, &reader)
        try readRule(&reader)
    }

    private mutating func readChanges(_ header: Header, timeLength: Int, _ reader: inout Reader) throws(Damage) {
        guard header.leapSeconds == 0 else {
            throw Damage(
                message: "the file counts leap seconds, which instants here do not; one from outside right/ is expected"
            )
        }
        guard header.types > 0 else { throw Damage(message: "the file has no offset; at least one is expected") }
        var body = Reader(rest: try reader.take(header.length(timeLength: timeLength)))
        var times = Reader(rest: try body.take(header.changes * timeLength))
        let kinds = Array(try body.take(header.changes))
        var types = Reader(rest: try body.take(header.types * 6))
        var offsets: [Int64] = []
        for _ in 0..<header.types {
            let seconds = Int64(Int32(truncatingIfNeeded: try types.number(bytes: 4)))
            _ = try types.take(2)
            guard abs(seconds) * 1_000 < TimeZoneOffsets.farthest else {
                throw Damage(message: "found an offset of \(seconds) seconds; less than 26 hours are expected")
            }
            offsets.append(seconds * 1_000)
        }
        first = offsets[0]
        var latest: Int64?
        for kind in kinds {
            let number = try times.number(bytes: timeLength)
            let seconds = timeLength == 4 ? Int64(Int32(truncatingIfNeeded: number)) : number
            guard latest.map({ $0 < seconds }) ?? true else {
                throw Damage(message: "the changes are not in order of time")
            }
            latest = seconds
            guard Int(kind) < offsets.count else {
                throw Damage(message: "a change has offset number \(kind) of \(offsets.count)")
            }
            append(offsets[Int(kind)], atSeconds: seconds)
        }
    }

    private mutating func append(_ offset: Int64, atSeconds seconds: Int64) {
        // A change before all times that can be told is what it begins with, one after them never comes.
        guard abs(seconds.clamped) < TZifFile.farthestSeconds else {
            if seconds < 0 { first = offset }
            return
        }
        changes.append((seconds * 1_000, offset))
    }

    /// A change farther from 1970 than a hundred million years need not be told.
    private static let farthestSeconds: Int64 = 3_155_760_000_000_000

    private mutating func readRule(_ reader: inout Reader) throws(Damage) {
        guard let end = reader.rest.dropFirst().firstIndex(of: UInt8(ascii: "\n")),
            reader.rest.first == UInt8(ascii: "\n")
        else { throw Damage(message: "the rule at the file's end is missing or cut off") }
        let text = reader.rest[(reader.rest.startIndex + 1)..<end]
        guard !text.isEmpty else { return }
        guard let rule = PosixTimeZone(text) else {
            throw Damage(
                message: "the rule at the file's end is none in the form of POSIX, such as CET-1CEST,M3.5.0,M10.5.0/3"
            )
        }
        self.rule = rule
    }
}

extension TZifFile {
    private struct Header {
        var version: Int
        var utcMarks: Int
        var standardMarks: Int
        var leapSeconds: Int
        var changes: Int
        var types: Int
        var characters: Int

        init(_ reader: inout Reader) throws(Damage) {
            guard try reader.take(4).elementsEqual("TZif".utf8) else {
                throw Damage(message: "the file does not begin with TZif, as those of the tz database do")
            }
            let version = try reader.number(bytes: 1)
            switch version {
            case 0: self.version = 1
            case Int64(UInt8(ascii: "2"))...Int64(UInt8(ascii: "9")): self.version = Int(version) - 48
            default: throw Damage(message: "found version byte \(version) in the file's head; 2 to 4 are expected")
            }
            _ = try reader.take(15)
            var counts: [Int] = []
            for _ in 0..<6 { counts.append(Int(UInt32(truncatingIfNeeded: try reader.number(bytes: 4)))) }
            utcMarks = counts[0]
            standardMarks = counts[1]
            leapSeconds = counts[2]
            changes = counts[3]
            types = counts[4]
            characters = counts[5]
        }

        func length(timeLength: Int) -> Int {
            changes * (timeLength + 1) + types * 6 + characters + leapSeconds * (timeLength + 4) + standardMarks
                + utcMarks
        }
    }

    private struct Reader {
        var rest: ArraySlice<UInt8>

        mutating func take(_ count: Int) throws(Damage) -> ArraySlice<UInt8> {
            guard rest.count >= count else {
                throw Damage(
                    message: "the file is cut off: \(count) bytes more are announced and \(rest.count) are there"
                )
            }
            defer { rest = rest.dropFirst(count) }
            return rest.prefix(count)
        }

        /// A number in network order; its sign shows with all eight bytes only.
        mutating func number(bytes count: Int) throws(Damage) -> Int64 {
            try take(count).reduce(0) { $0 << 8 | Int64($1) }
        }
    }
}

extension Int64 {
    /// The number, or the one next to the smallest, so that it has an absolute value.
    fileprivate var clamped: Int64 { Swift.max(self, -.max) }
}
