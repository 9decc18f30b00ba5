import ActivationCore
import ActivationEngine
import StorageCommon
import TestSupport

/// How catalogs change under everybody, and what has to follow.
extension WriterSimulation {
    mutating func changeCatalog() throws {
        guard !isHealing, !hasLost else { return }
        after(setup.isDense ? 50...200 : 200...1_200) { try $0.changeCatalog() }
        guard let node = nodes.indices.filter({ nodes[$0].isAlive }).randomElement(using: &random) else { return }
        let lanes =
            setup.faults.contains(.lanesNotLockedByChange)
            ? [] : (0..<laneCount).map { SimulatedDatabase.Step.lock(.lane($0)) }
        let raise: SimulatedDatabase.Step = .perform { database, id throws(StorageError) in
            database.note(in: id) { transaction in
                transaction.effects.append { content, _ in content.version += 1 }
            }
        }
        let connection = database.connect(node: node)
        try run(lanes + [.lock(.catalog), raise, .commit], on: connection) { simulation, result in
            guard case .success = result else { return }
            let version = simulation.database.content.version
            simulation.reach(node) { simulation in
                simulation.answered[version] = simulation.now
                simulation.learn(version, node)
            }
        }
    }

    /// Makes the catalog of a version that has just been committed, and what has to follow it.
    mutating func defineLatest() throws {
        let version = database.content.version
        guard definitions[version] == nil, var definition = definitions[version - 1] else { return }
        let before = Set(definition.dataflows.map(\.id))
        let audience = try traffic.change(&definition, &random)
        definitions[version] = definition
        var paths = SharedTraffic.paths
        catalogs[version] = try Catalog(compiling: definition, paths: &paths)
        count("catalogs")
        if let audience {
            let job = jobs.count
            jobs.append(Job(audience: audience, version: version))
            after(0...60) { try $0.work(on: job) }
        }
        for dataflow in before.subtracting(definition.dataflows.map(\.id)) { after(0...60) { $0.discard(dataflow) } }
    }

    private mutating func learn(_ version: Int, _ node: Int) {
        for index in nodes[node].writers { writers[index].version = max(writers[index].version, version) }
    }

    /// Asks which catalog is in force, again and again.
    mutating func poll(_ node: Int) {
        ask { simulation in
            let version = simulation.database.content.version
            simulation.reach(node) { $0.learn(version, node) }
        }
        later(250...250, on: node) { $0.poll(node) }
    }

    /// Drops what waits of a dataflow that is deleted, some rows at a time.
    private mutating func discard(_ dataflow: Dataflow.ID) {
        let inAnyOrder = setup.faults.contains(.discardInAnyOrder)
        guard let dropped = database.change({ $0.discard(dataflow, limit: 2, inAnyOrder: inAnyOrder) }) else { return }
        for row in dropped { stream.drop(row) }
        after(0...40) { $0.discard(dataflow) }
    }

    // MARK: Evaluation

    /// Lets the next page of profiles be evaluated when the one before it is.
    private mutating func work(on job: Int) throws {
        if jobs[job].waitsFor.isEmpty {
            jobs[job].after = jobs[job].next
            try beginPage(of: job)
        }
        if !jobs[job].isDone { after(20...60) { try $0.work(on: job) } }
    }

    mutating func repeatPage(of job: Int) {
        jobs[job].waitsFor = []
        jobs[job].next = jobs[job].after
    }

    private mutating func beginPage(of job: Int) throws {
        let state = jobs[job]
        let able = writers.indices.filter { nodes[writers[$0].node].isAlive && writers[$0].version >= state.version }
        guard let writer = able.randomElement(using: &random) else { return }
        let rows = database.content.profiles.keys
            .filter { SharedContent.lane(ofProfileRow: $0) == state.lane && $0 > state.after }.sorted().prefix(3)
        guard let last = rows.last else {
            jobs[job].lane += 1
            (jobs[job].after, jobs[job].next) = (0, 0)
            jobs[job].isDone = jobs[job].lane >= laneCount
            return
        }
        jobs[job].next = last
        jobs[job].writer = writer
        for row in rows {
            guard let profile = database.content.profiles[row]?.id else { continue }
            evaluations += 1
            let number = -evaluations
            jobs[job].waitsFor.insert(number)
            writers[writer].queue.append(
                Request(number: number, cause: .evaluation(profile, audiences: [state.audience]), job: job)
            )
        }
        later(0...1, on: writers[writer].node) { try $0.takeUp(writer) }
    }
}
