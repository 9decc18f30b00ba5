#if PostgreSQL
import ActivationCore
import ActivationEngine

/// Which of some marks are there.
struct MarkLookup {
    private let keys: [ResumeMark.Key]
    private let shared: SharedState

    init(_ keys: [ResumeMark.Key], _ shared: SharedState) {
        (self.keys, self.shared) = (keys, shared)
    }

    func run(
        _ run: ([PostgresCall]) throws(StorageError) -> [PostgresRows]
    ) throws(StorageError) -> Set<ResumeMark.Key> {
        let dataflows = try shared.dataflows(Set(keys.map(\.dataflow)), run)
        let marks = keys.compactMap { key in dataflows[key.dataflow].map { (number: $0.number, key: key) } }
        guard !marks.isEmpty else { return [] }
        let call = PostgresCall(
            PostgresStatements.existingMarks,
            .int4s(marks.map(\.number)),
            .uuids(marks.map(\.key.profile.uuid)),
            .uuids(marks.map(\.key.mergePolicy.uuid))
        )
        var existing = Set<ResumeMark.Key>()
        guard let rows = try run([call]).first else { return existing }
        for index in 0..<rows.count {
            existing.insert(marks[try rows.place(index, 0, among: marks.indices)].key)
        }
        return existing
    }
}
#endif
