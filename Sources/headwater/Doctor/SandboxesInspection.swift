import ActivationEngine
import ActivationServer
import StorageCommon

/// Compares the sandboxes of which the default one's store tells with the directories that there are.
struct SandboxesInspection {
    private let place: InspectedPlace
    /// What there was before the store was looked at: what is made meanwhile is no stranger.
    private let names: [String]

    init(of place: InspectedPlace) {
        self.place = place
        names = (try? PrivateTree.names(in: "\(place.directory)/\(SandboxDirectories.name)")) ?? []
    }

    private static let tried = "directories of the sandboxes beside the default one"

    private func path(_ name: String) -> String { "\(place.directory)/\(SandboxDirectories.name)/\(name)" }

    /// Says that it cannot be told which sandboxes there are.
    func finding(_ error: StorageError) -> StoreFinding {
        StoreFinding(
            "sandboxes",
            .fault,
            tried: SandboxesInspection.tried,
            found: error.message,
            advice: place.database == nil
                ? "restore a backup into a new directory; until then none of the sandboxes was looked at"
                : "restore the database from a backup; until then none of the sandboxes was looked at"
        )
    }

    /// Says which sandbox has no directory, and which directory no sandbox.
    func finding(_ sandboxes: [StoredSandbox]) -> StoreFinding {
        let active = sandboxes.filter(\.isActive)
        let lost = active.filter { !place.hasDirectory($0) && place.isCurrent($0) }.map(\.sandbox.name)
        let strangers = names.filter { name in
            // That of one that is being removed may go at any moment.
            let isKnown = sandboxes.contains { sandbox in
                name == sandbox.sandbox.id
                    || !sandbox.isActive && name == SandboxDirectories.leaving(sandbox.sandbox.id)
            }
            return !isKnown && PrivateTree.exists(path(name))
        }
        if lost.isEmpty && strangers.isEmpty {
            let waiting = sandboxes.count - active.count
            let found = waiting == 0 ? "" : ", and \(waiting) that the server makes, empties or removes"
            return StoreFinding(
                "sandboxes",
                tried: SandboxesInspection.tried,
                found: "\(active.count), each with its directory\(found)"
            )
        }
        let words = [(lost, "have lost their directory"), (strangers, "belong to no sandbox")]
        let advice = [
            lost.isEmpty ? nil : "put the directories back from a backup, or delete the sandboxes",
            strangers.isEmpty
                ? nil
                : "move away what belongs to none: nobody reads it, and no backup has it; what ends in "
                    + "\(SandboxDirectories.leaving("")) is what was left when a removal was cut off",
        ].compactMap { $0 }
        return StoreFinding(
            "sandboxes",
            lost.isEmpty ? .warning : .fault,
            tried: SandboxesInspection.tried,
            found: words.filter { !$0.0.isEmpty }.map { "\($0.0.joined(separator: ", ")) \($0.1)" }
                .joined(separator: "; "),
            advice: advice.joined(separator: "; ")
        )
    }
}
