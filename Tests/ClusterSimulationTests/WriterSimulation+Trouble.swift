import ActivationCore
import ActivationEngine
import StorageCommon
import TestSupport

/// What goes wrong.
extension WriterSimulation {
    mutating func makeTrouble() throws {
        guard !isHealing, !hasLost else { return }
        after(50...450) { try $0.makeTrouble() }
        let node = Int.random(in: 0..<nodes.count, using: &random)
        switch Int.random(in: 0..<10, using: &random) {
        case 0 where nodes[node].isAlive:
            try die(node)
            after(100...1_500) { $0.start(node) }
        case 1, 2:
            guard nodes[node].isAlive, !nodes[node].isPaused else { return }
            count("pauses")
            nodes[node].isPaused = true
            after(50...(Bool.random(using: &random) ? 300 : 3_500)) { $0.resume(node) }
        case 3, 4, 5:
            guard let connection = writers.compactMap(\.connection).randomElement(using: &random) else { return }
            count("cuts")
            close(connection)
        case 6: failOver(losing: setup.losesTail && now > Self.second ? Int.random(in: 1...3, using: &random) : 0)
        default: handOver()
        }
    }

    mutating func die(_ node: Int) throws {
        guard nodes[node].isAlive else { return }
        count("deaths")
        nodes[node].isAlive = false
        nodes[node].isPaused = false
        nodes[node].waiting = []
        let lanes = nodes[node].relays.keys.sorted()
        nodes[node].relays = [:]
        // What it has begun to send may still arrive.
        for lane in lanes { after(300...900) { $0.adopt(lane) } }
        for (connection, state) in database.connections.sorted(by: { $0.key < $1.key })
        where state.node == node && state.isOpen {
            after(0...30) { $0.database.close(connection) }
        }
        for index in nodes[node].writers {
            for job in jobs.indices where jobs[job].writer == index && !jobs[job].waitsFor.isEmpty {
                repeatPage(of: job)
            }
            let old = writers[index]
            writers[index] = Writer(number: old.number, node: old.node)
            writers[index].turn = old.turn + 1
            losers.remove(index)
        }
    }

    mutating func endForGood(_ node: Int) {
        nodes[node].isEnded = true
        try? die(node)
    }

    mutating func start(_ node: Int) {
        guard !nodes[node].isAlive, !nodes[node].isEnded else { return }
        nodes[node].life += 1
        nodes[node].isAlive = true
        nodes[node].offset = Int64.random(in: -40...40, using: &random)
        let content = database.content
        for index in nodes[node].writers {
            writers[index].paths = content.paths
            writers[index].version = content.version
            writers[index].admission = content.admission[writers[index].number] ?? .zero
            connect(index)
        }
        later(0...50, on: node) { $0.relay(node) }
        later(0...250, on: node) { $0.poll(node) }
    }

    mutating func resume(_ node: Int) {
        guard nodes[node].isPaused else { return }
        nodes[node].isPaused = false
        let (waiting, life) = (nodes[node].waiting, nodes[node].life)
        nodes[node].waiting = []
        // All at once, in the order in which they came.
        for action in waiting { queue.add({ try $0.onNode(node, life, action) }, at: now) }
    }

    private mutating func failOver(losing commits: Int) {
        count("failovers")
        let open = database.connections.filter(\.value.isOpen).keys.sorted()
        database.failOver(losing: commits)
        endings = [:]
        for connection in open {
            guard let node = database.connections[connection]?.node else { continue }
            after(0...200) { simulation in
                simulation.reach(node) { try $0.noticeClosed(connection, isExpired: false) }
            }
        }
        guard commits > 0 else { return }
        let content = database.content
        hasLost = true
        losers = Set(
            writers.indices.filter { index in
                writers[index].acknowledged > content.writers[writers[index].number]?.batch ?? 0
            }
        )
        count("losses")
    }

    mutating func heal() {
        isHealing = true
        for node in nodes.indices {
            resume(node)
            start(node)
        }
    }
}
