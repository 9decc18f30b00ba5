public import ActivationCore

/// What happened at single instants, as marks on an axis; those of one step stand in one mark.
public struct MarkStrip: Sendable, Equatable {
    /// Something that happened.
    public struct Event: Sendable, Equatable {
        /// When.
        public var at: Timestamp
        /// What.
        public var text: String

        /// Creates an event.
        public init(at: Timestamp, text: String) {
            self.at = at
            self.text = text
        }
    }

    struct Mark: Sendable, Equatable {
        /// The corners, as SVG writes them.
        let points: String
        let text: String
    }

    let marks: [Mark]
    let summary: String

    /// Texts that one mark has.
    private static let textsMax = 5

    /// Draws events; those outside of the axis are left out.
    public init(_ events: [Event], on axis: TimeAxis, counting what: (one: String, many: String)) {
        var texts: [Int: [String]] = [:]
        for event in events {
            if let index = axis.index(of: event.at) { texts[index, default: []].append(event.text) }
        }
        marks = texts.sorted { $0.key < $1.key }.map { index, texts in
            let middle = (axis.x(index) + axis.x(index + 1)) / 2
            let more = texts.count - MarkStrip.textsMax
            let shown = texts.prefix(MarkStrip.textsMax).joined(separator: "; ")
            return Mark(
                points: "\(middle - 6),13 \(middle + 6),13 \(middle),1",
                text: "\(axis.text(index)): \(shown)" + (more > 0 ? "; \(more) more" : "")
            )
        }
        summary = Figure.count(texts.values.reduce(0) { $0 + $1.count }, what.one, what.many)
    }
}
