import ActivationCore
import ActivationEngine
import Console

/// What the paths of stored profiles tell whoever maps attributes: kinds, how many profiles have them, whose datasets;
/// never a value.
struct PathPicker: Sendable {
    /// One path that can be chosen.
    struct Row: Sendable, Equatable {
        let path: String
        let kinds: String
        let share: String
        let datasets: String
        /// What to know before choosing it.
        let note: String?
        let isChosen: Bool
    }

    private let taken: PathDesk.Taken?
    private let datasets: [String: String]
    /// Whether the dataflow's messages may hold arrays and maps.
    private let allowsArraysAndMaps: Bool
    private let now: Timestamp

    /// Rows of one answer.
    private static let rowsMax = 25

    /// Reads the sample of paths; one that cannot be read is told of by ``about``.
    init(_ desk: ConsoleDesk, for report: DataflowReport, now: Timestamp) async {
        taken = try? await desk.dependencies.paths.sample()
        let snapshot = desk.control.snapshot
        datasets = Dictionary(snapshot.entries(.dataset).map { ($0.id, Dataset($0).name) }) { first, _ in first }
        allowsArraysAndMaps = snapshot.dataflow(report.entry)?.options.allowsArraysAndMaps ?? true
        self.now = now
    }

    /// The sample in a sentence.
    var about: String {
        guard let taken else { return "Paths cannot be read now; type those you know." }
        guard taken.sample.profiles > 0 else { return "No profile is stored yet; type the paths that will come." }
        let age = Instant(taken.takenAt, now: now).ago
        return "What \(Figure.count(taken.sample.profiles, "profile")) have that were looked at \(age)."
    }

    /// Paths that contain a text and can be mapped, those that most profiles have first.
    ///
    /// - Parameters:
    ///   - text: The text, in any case; an empty one is in all.
    ///   - chosen: Paths that are chosen already.
    /// - Returns: Some of them, and how many there are.
    func rows(containing text: String, chosen: [String]) -> (rows: [Row], count: Int) {
        guard let taken else { return ([], 0) }
        let chosen = Set(chosen.map { ByteKey($0) })
        let found = taken.sample.paths(containing: text)
            .filter { (try? AttributePath.keys(of: $0.dotted, at: $0.dotted)) == $0.keys }
            .sorted { ($1.profiles, $0.dotted) < ($0.profiles, $1.dotted) }
        let rows = found.prefix(PathPicker.rowsMax).map { figures in
            Row(
                path: figures.dotted,
                kinds: figures.kinds.map(PathPicker.word).joined(separator: ", "),
                share: "\(Figure.count(figures.profiles)) of \(Figure.count(taken.sample.profiles))",
                datasets: figures.datasets.map { datasets[$0] ?? $0 }.joined(separator: ", "),
                note: note(of: figures.kinds),
                isChosen: chosen.contains(ByteKey(figures.dotted))
            )
        }
        return (rows, found.count)
    }

    /// What to know of a chosen path; nil when there is nothing.
    func warning(of path: String, isKnown: Bool) -> String? {
        if let figures = taken?.sample.paths.first(where: { $0.dotted.hasSameBytes(as: path) }) {
            return note(of: figures.kinds)
        }
        guard !isKnown else { return nil }
        let near = taken.flatMap { PathSpelling.nearest(to: path, among: $0.sample.paths.lazy.map(\.dotted)) }
        return "No profile has had a value there; check its spelling."
            + (near.map { " The nearest that profiles have is \($0)." } ?? "")
    }

    private func note(of kinds: [PathSample.Kind]) -> String? {
        guard kinds.contains(.array) || kinds.contains(.object) else { return nil }
        return allowsArraysAndMaps
            ? "Lists and maps are sent whole, as the option allowArraysAndMaps allows."
            : "Lists and maps are left out: the option allowArraysAndMaps of the target is off."
    }

    private static func word(_ kind: PathSample.Kind) -> String {
        switch kind {
        case .text: "text"
        case .integer: "whole number"
        case .number: "number"
        case .boolean: "true or false"
        case .array: "list"
        case .object: "map"
        }
    }
}
