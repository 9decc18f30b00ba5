import ActivationCore
import ActivationServer
import StorageCommon

/// Compares the sandboxes of which the default one's store tells with what they have in the database.
struct SchemasInspection {
    private let place: InspectedPlace
    /// What there is, by the sandbox's id.
    private let schemas: [UUIDBytes: String]

    init(of place: InspectedPlace, _ schemas: [UUIDBytes: String]) {
        (self.place, self.schemas) = (place, schemas)
    }

    /// Whether a sandbox has something in the database.
    func hasSchema(_ sandbox: StoredSandbox) -> Bool {
        UUIDBytes(sandbox.sandbox.id).map { schemas[$0] != nil } ?? false
    }

    /// Says which sandbox has lost its schema, and which schema is no sandbox's.
    func finding(_ sandboxes: [StoredSandbox]) -> StoreFinding {
        let tried = "schemas of the sandboxes beside the default one"
        let active = sandboxes.filter(\.isActive)
        let lost = active.filter { !hasSchema($0) && place.isCurrent($0) }.map(\.sandbox.name)
        let known = Set(sandboxes.compactMap { UUIDBytes($0.sandbox.id) })
        let strangers = schemas.filter { !known.contains($0.key) }.map(\.value).sorted()
        guard !lost.isEmpty || !strangers.isEmpty else {
            return StoreFinding("schemas", tried: tried, found: "\(active.count), each with its schema")
        }
        let words = [(lost, "have lost their schema"), (strangers, "belong to no sandbox")]
        let advice = [
            lost.isEmpty ? nil : "restore the database from a backup, or delete the sandboxes",
            strangers.isEmpty
                ? nil : "drop the schemas that belong to none when you know whose they were: nobody reads them",
        ].compactMap { $0 }
        return StoreFinding(
            "schemas",
            lost.isEmpty ? .warning : .fault,
            tried: tried,
            found: words.filter { !$0.0.isEmpty }.map { "\($0.0.joined(separator: ", ")) \($0.1)" }
                .joined(separator: "; "),
            advice: advice.joined(separator: "; ")
        )
    }
}
