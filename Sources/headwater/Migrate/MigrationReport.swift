#if PostgreSQL
import ActivationCore
import PostgresStorage

/// What was found of the tables of each sandbox, and done to them.
struct MigrationReport {
    /// The tables of one sandbox.
    struct Entry {
        /// The sandbox's name.
        var sandbox: String
        /// The schema in which they are.
        var schema: String
        /// What was found.
        var found: PostgresMigrator.State
        /// Whether they are missing where they were.
        var isLost = false
        /// How many steps were done.
        var steps = 0
        /// Whether they only added, so that the version is raised by the end of an upgrade.
        var isUnfinished = false

        /// Whether this program can bring them to its version, and has not yet when it was asked.
        var isDue: Bool {
            switch found {
            case .missing: !isLost
            case .earlier: true
            case .unfinished, .current, .later: false
            }
        }

        /// Whether something is wrong that this program cannot put right.
        var isFault: Bool {
            if case .later = found { true } else { isLost }
        }
    }

    /// What is to be said of all.
    enum Result: String {
        /// There was nothing to do.
        case current
        /// There is something to do.
        case due
        /// It was done.
        case done
        /// Something is wrong.
        case fault
    }

    /// Whether nothing was to be changed.
    let isLooking: Bool
    var entries: [Entry]

    /// What is to be said of all.
    var result: Result {
        if entries.contains(where: \.isFault) { return .fault }
        guard entries.contains(where: \.isDue) else { return .current }
        return isLooking ? .due : .done
    }

    private static let version = PostgresMigrator.programVersion

    /// As people read it.
    var lines: [String] {
        entries.map { entry in
            "\(entry.schema) (sandbox \(entry.sandbox)): \(words(of: entry))"
        }
    }

    private static let finishing =
        "headwater upgrade --finish raises it when no node of an earlier program is wanted any more"

    private func words(of entry: Entry) -> String {
        let end = isLooking ? "would be brought to version" : "is now of version"
        return switch entry.found {
        case .missing where entry.isLost:
            "the tables are missing; restore the database from a backup, or delete the sandbox"
        case .missing: "there were no tables; it \(end) \(Self.version)"
        case .earlier(let version) where isLooking:
            "it is of version \(version) and lacks what version \(Self.version) needs"
        case .earlier(let version) where entry.isUnfinished:
            "it is of version \(version) and has all that version \(Self.version) needs now; \(Self.finishing)"
        case .earlier(let version): "it was of version \(version) and \(end) \(Self.version)"
        case .unfinished(let version):
            "it is of version \(version), with all that version \(Self.version) needs; \(Self.finishing)"
        case .current: "it is of version \(Self.version), that of this program"
        case .later(let version):
            "it is of version \(version) and this program knows up to \(Self.version); use the program that made it, or a later one"
        }
    }

    /// As scripts read it.
    var json: JSONValue {
        [
            "result": .string(result.rawValue),
            "version": .integer(Int64(Self.version)),
            "schemas": .array(
                entries.map { entry in
                    var object: JSONObject = [
                        "schema": .string(entry.schema), "sandbox": .string(entry.sandbox),
                        "state": .string(entry.isLost ? "lost" : entry.found.name),
                        "steps": .integer(Int64(entry.steps)),
                    ]
                    object["found"] = entry.found.version.map { .integer(Int64($0)) }
                    return .object(object)
                }
            ),
        ]
    }
}

extension PostgresMigrator.State {
    /// As scripts read it.
    var name: String {
        switch self {
        case .missing: "missing"
        case .earlier: "earlier"
        case .unfinished: "unfinished"
        case .current: "current"
        case .later: "later"
        }
    }

    /// The version that was found; nil = none.
    var version: Int32? {
        switch self {
        case .missing: nil
        case .earlier(let version), .unfinished(let version), .later(let version): version
        case .current: PostgresMigrator.programVersion
        }
    }
}
#endif
