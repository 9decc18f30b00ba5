/// Writes files of the tz database that no compiler of it would.
struct TZifWriter {
    var version: UInt8 = UInt8(ascii: "3")
    var changes: [(seconds: Int64, type: UInt8)] = []
    var offsets: [Int32] = [0]
    var leapSeconds = 0
    var rule = ""

    init(rule: String = "") {
        self.rule = rule
    }

    var bytes: [UInt8] {
        guard version != 0 else { return block(timeLength: 4) }
        let first =
            TZifWriter.header(version: version, changes: 0, types: 1, leapSeconds: 0) + TZifWriter.number(0, bytes: 4)
            + [0, 0, 0]
        return first + block(timeLength: 8) + Array("\n\(rule)\n".utf8)
    }

    private func block(timeLength: Int) -> [UInt8] {
        var bytes = TZifWriter.header(
            version: version,
            changes: changes.count,
            types: offsets.count,
            leapSeconds: leapSeconds
        )
        for change in changes { bytes += TZifWriter.number(change.seconds, bytes: timeLength) }
        bytes += changes.map(\.type)
        for offset in offsets { bytes += TZifWriter.number(Int64(offset), bytes: 4) + [0, 0] }
        return bytes + [0]
    }

    private static func header(version: UInt8, changes: Int, types: Int, leapSeconds: Int) -> [UInt8] {
        var bytes = Array("TZif".utf8) + [version] + [UInt8](repeating: 0, count: 15)
        for count in [0, 0, leapSeconds, changes, types, 1] { bytes += TZifWriter.number(Int64(count), bytes: 4) }
        return bytes
    }

    static func number(_ value: Int64, bytes count: Int) -> [UInt8] {
        (0..<count).reversed().map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
}
