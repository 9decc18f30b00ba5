#if PostgreSQL
import ActivationCore
import PostgresStorage

/// How far an upgrade of the nodes is, and what was done to finish it.
struct UpgradeReport {
    /// What is to be said of it.
    enum Result: String {
        /// There was nothing to do.
        case current
        /// It can be finished.
        case due
        /// It cannot be finished yet.
        case blocked
        /// It was finished.
        case done
        /// Something is wrong.
        case fault
    }

    /// The tables of each sandbox, before anything was done.
    let found: MigrationReport
    /// The nodes; nil = they cannot be told.
    let nodes: NodePrograms?
    /// Whether it was finished.
    var isDone = false

    /// What is to be said of it.
    var result: Result {
        if isDone { return .done }
        if found.result == .fault { return .fault }
        guard found.entries.contains(where: { $0.found != .current }) else { return .current }
        let isReady = found.entries.allSatisfy(\.found.isUsable) && nodes?.inTheWay.isEmpty ?? true
        return isReady ? .due : .blocked
    }

    /// As people read it.
    var lines: [String] {
        let version = PostgresMigrator.programVersion
        var lines = isDone ? [] : found.lines
        lines += (nodes?.nodes ?? []).map { node in
            "node \(node.number) \(node.name): program \(node.program ?? "of before"), tables up to version \(node.version ?? 1), "
                + state(of: node)
        }
        switch result {
        case .current: lines.append("There is nothing to finish: the tables are of version \(version).")
        case .due:
            lines.append(
                "It can be finished with headwater upgrade --finish; until then the earlier program can come back."
            )
        case .done: lines.append("Finished: the tables are of version \(version), and no earlier program can use them.")
        case .fault: lines.append("See above for what to do.")
        case .blocked:
            let names = (nodes?.inTheWay ?? []).map(\.name).joined(separator: ", ")
            lines.append(
                names.isEmpty
                    ? "The tables lack what version \(version) needs: run headwater migrate, or start a node of this program."
                    : "Replace these nodes first, which run an earlier program: \(names)."
            )
        }
        return lines
    }

    private func state(of node: NodePrograms.Node) -> String {
        guard node.isAtWork else { return "not at work" }
        return node.leads ? "leads" : "follows or stands by"
    }

    /// As scripts read it.
    var json: JSONValue {
        [
            "result": .string(result.rawValue),
            "version": .integer(Int64(PostgresMigrator.programVersion)),
            "schemas": .array(
                found.entries.map { entry in
                    var object: JSONObject = [
                        "schema": .string(entry.schema), "sandbox": .string(entry.sandbox),
                        "state": .string(entry.isLost ? "lost" : entry.found.name),
                    ]
                    object["found"] = entry.found.version.map { .integer(Int64($0)) }
                    return .object(object)
                }
            ),
            "nodes": .array(
                (nodes?.nodes ?? []).map { node in
                    var object: JSONObject = [
                        "number": .integer(Int64(node.number)), "name": .string(node.name),
                        "isAtWork": .bool(node.isAtWork), "leads": .bool(node.leads),
                        "version": .integer(Int64(node.version ?? 1)),
                        "isInTheWay": .bool(node.isAtWork && !node.isOfThisProgram),
                    ]
                    object["program"] = node.program.map { .string($0) }
                    return .object(object)
                }
            ),
        ]
    }
}
#endif
