/// The rules of one time zone: how far its clocks were, are and will be from UTC.
///
/// Two are equal when name and clocks are: those of one name from two editions of the tz database may differ.
public struct TimeZoneRules: Sendable, Hashable {
    private let zone: Zone

    /// What is known of a zone; an object, so that its rules cost one reference wherever they are passed on.
    private final class Zone: Sendable {
        let name: String
        let offsets: TimeZoneOffsets
        let isUTC: Bool
        let digest: UInt64

        init(name: String, offsets: TimeZoneOffsets) {
            self.name = name
            self.offsets = offsets
            isUTC = offsets.isUTC
            digest = offsets.digest
        }
    }

    /// The name, such as `Europe/Berlin`.
    public var name: String { zone.name }

    /// Whether the clocks show UTC always, so that nothing has to be looked up.
    var isUTC: Bool { zone.isUTC }

    /// A hash of the rules in hexadecimal, the same wherever and however they are written down.
    public var digest: String { String(zone.digest, radix: 16) }

    /// Names the calendar that days are counted by, for good: `Europe/Berlin` and the digest of its rules.
    ///
    /// What is kept of days, or was decided by them, stands as long as this does. Nil for UTC, whose rules never change.
    public var calendarID: String? { isUTC ? nil : "\(name) \(digest)" }

    private var offsets: TimeZoneOffsets { zone.offsets }

    /// UTC itself.
    public static let utc = TimeZoneRules(name: "UTC", offsets: TimeZoneOffsets(first: 0))

    /// Reads a file of the tz database.
    ///
    /// - Parameters:
    ///   - name: The name of the zone.
    ///   - tzif: The file's bytes, of version 1 to 4 (RFC 8536, RFC 9636).
    /// - Throws: What is wrong with the bytes; damaged ones are never read in part.
    public init(name: String, tzif: [UInt8]) throws(TimeZoneError) {
        do throws(TZifFile.Damage) {
            self.init(name: name, offsets: TimeZoneOffsets(try TZifFile(tzif)))
        } catch {
            throw TimeZoneError(zone: name, message: error.message)
        }
    }

    private init(name: String, offsets: TimeZoneOffsets) {
        zone = Zone(name: name, offsets: offsets)
    }

    /// Whether the names and the rules are the same.
    public static func == (left: TimeZoneRules, right: TimeZoneRules) -> Bool {
        left.zone === right.zone || (left.zone.digest == right.zone.digest && left.name == right.name)
    }

    /// Hashes the rules.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(zone.digest)
    }
}

/// Instants are milliseconds since 1970-01-01T00:00:00Z; local times are what a zone's clocks show then, counted alike.
extension TimeZoneRules {
    /// What is added to an instant to get its local time, in milliseconds.
    public func offset(at instant: Int64) -> Int64 {
        isUTC ? 0 : offsets.span(at: instant).offset
    }

    /// The instant of a local time.
    ///
    /// A time that clocks show twice is the first of the two; for one that they leap over, the offset before the leap
    /// counts. (`fold=0` of Python's `zoneinfo`.)
    func instant(ofLocal time: Int64) -> Int64 {
        if isUTC { return time }
        let (span, before) = offsets.spanReaching(local: time)
        return time - (time - span.offset < span.start ? before : span.offset)
    }

    /// The first instant of a local day, given as days since 1970-01-01: from then on clocks have shown its midnight.
    ///
    /// A day that a zone has left out begins, and ends, when the next one does.
    func startOfDay(_ day: Int) -> Int64 {
        let midnight = Int64(day) * Timestamp.dayMilliseconds
        if isUTC { return midnight }
        let (span, _) = offsets.spanReaching(local: midnight)
        return max(span.start, midnight - span.offset)
    }

    /// The first instant after another at which clocks leap over a whole day or more; nil when none comes.
    func leapOverDay(after instant: Int64) -> Int64? { offsets.leapOverDay(after: instant) }

    /// The local day an instant lies in, as days since 1970-01-01.
    ///
    /// A day begins once: where clocks are set back over a midnight, what follows belongs to the new day still.
    func day(of instant: Int64) -> Int {
        if isUTC { return Int(instant.floorDivided(by: Timestamp.dayMilliseconds)) }
        let span = offsets.span(at: instant)
        var day = Int((instant + span.offset).floorDivided(by: Timestamp.dayMilliseconds))
        if span.start != .min, instant - span.start < 2 * TimeZoneOffsets.farthest {
            while startOfDay(day + 1) <= instant { day += 1 }
        }
        return day
    }
}
