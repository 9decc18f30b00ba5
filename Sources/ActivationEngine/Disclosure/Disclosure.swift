public import ActivationCore

/// All that is known about a person, read part by part: each part holds what is stored when it is read.
///
/// The order of the sections is the way that a record goes, so that one that moves on between two parts is in one of them.
public struct Disclosure: Sendable {
    /// What comes in parts, since there can be much of it.
    enum Section: String, CaseIterable {
        case facts
        case events
        case waiting
        case deadLetters
        case deliveries
    }

    /// Where a part begins: in a section, after an entry.
    public struct Place: Sendable, Equatable {
        var section = Section.facts
        var instant = Int64.min
        var row: Int64 = 0
        var id = ""

        /// The beginning.
        public init() {}

        init(_ section: Section, instant: Int64 = .min, row: Int64 = 0, id: String = "") {
            (self.section, self.instant, self.row, self.id) = (section, instant, row, id)
        }

        /// Reads ``text``; nil when it is none.
        public init?(_ text: String) {
            let words = text.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false)
            guard words.count == 4, let section = Section(rawValue: String(words[0])), let instant = Int64(words[1]),
                let row = Int64(words[2])
            else { return nil }
            self.init(section, instant: instant, row: row, id: String(words[3]))
        }

        /// The place as text, which may hold an event's id.
        public var text: String { "\(section.rawValue) \(instant) \(row) \(id)" }
    }

    /// Bounds of one part.
    public struct Bounds: Sendable {
        /// Entries of all sections together.
        public var entries: Int
        /// Bytes of bodies; an entry more may exceed it.
        public var bytes: Int

        /// Creates bounds.
        public init(entries: Int = 1_000, bytes: Int = 4 << 20) {
            self.entries = entries
            self.bytes = bytes
        }
    }

    /// What the part shows.
    public var members: JSONObject
    /// The entry of a suppressed identity, which nobody has.
    public var suppression: Suppression?
    /// Where the next part begins; nil when there is none.
    public var next: Place?
}
