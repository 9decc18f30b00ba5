import ActivationCore
import ActivationEngine
import StorageCommon
import TestSupport

/// How the rows of lanes leave: one unacknowledged record per profile, gates and markers in their turns.
extension WriterSimulation {
    /// Who may relay a lane is proven by the simulation of leases; here somebody has it some time after its owner has died, when nothing
    /// of the dead one can arrive any more.
    mutating func adopt(_ lane: Int16) {
        if let node = database.content.owners[lane]?.node, nodes[node].relays[lane] != nil { return }
        guard let node = nodes.indices.filter({ nodes[$0].isAlive }).randomElement(using: &random) else {
            return after(200...200) { $0.adopt(lane) }
        }
        give(lane, to: node)
    }

    private mutating func give(_ lane: Int16, to node: Int) {
        let epoch = database.change { content in
            content.owners[lane]?.node = node
            content.owners[lane]?.epoch += 1
            return content.owners[lane]?.epoch ?? 0
        }
        nodes[node].relays[lane] = LaneRelay(epoch: epoch)
        count("lanes given")
    }

    /// Lets a lane go to another node, when nothing of it is on its way.
    mutating func handOver() {
        guard let lane = (0..<laneCount).randomElement(using: &random),
            let owner = database.content.owners[lane]?.node, nodes[owner].isAlive,
            let other = nodes.indices.filter({ $0 != owner && nodes[$0].isAlive }).randomElement(using: &random)
        else { return }
        nodes[owner].relays[lane]?.successor = other
    }

    private mutating func changeRelay(_ node: Int, _ lane: Int16, _ epoch: Int64, _ body: (inout LaneRelay) -> Void) {
        guard nodes[node].relays[lane]?.epoch == epoch, var relay = nodes[node].relays.removeValue(forKey: lane) else {
            return
        }
        body(&relay)
        nodes[node].relays[lane] = relay
    }

    /// Works off a node's lanes, again and again.
    mutating func relay(_ node: Int) {
        for lane in nodes[node].relays.keys.sorted() {
            guard let relay = nodes[node].relays[lane] else { continue }
            if let successor = relay.successor, relay.underWay.isEmpty, relay.held.isEmpty, !relay.isClaiming {
                nodes[node].relays[lane] = nil
                if nodes[successor].isAlive { give(lane, to: successor) } else { after(300...300) { $0.adopt(lane) } }
                continue
            }
            if relay.successor == nil, !relay.isClaiming { claim(node, lane, relay.epoch) }
            if !relay.gates.isEmpty { look(node, lane, relay) }
            for (row, dataflow) in relay.markers.sorted(by: { $0.key < $1.key }) {
                open(row, dataflow, node, lane, relay.epoch)
            }
        }
        later(20...80, on: node) { $0.relay(node) }
    }

    private mutating func claim(_ node: Int, _ lane: Int16, _ epoch: Int64) {
        nodes[node].relays[lane]?.isClaiming = true
        let (life, perProfile) = (nodes[node].life, recordsPerProfile)
        ask { simulation in
            guard simulation.nodes[node].isAlive, simulation.nodes[node].life == life else { return }
            var claimed: [(row: OutboxRow?, number: Int64, kind: LaneRowKind, dataflow: Dataflow.ID)] = []
            let places = simulation.database.content.outbox.filter { $0.key.lane == lane && !$0.value.isEmpty }
            var broken: Violation?
            let faults = simulation.setup.faults
            let all = simulation.database.content.rekeyed
            let violation = simulation.violation("a claim failed")
            simulation.changeRelay(node, lane, epoch) { relay in
                for (place, rows) in places.sorted(by: { $0.key.dataflow.uuid < $1.key.dataflow.uuid }) {
                    let range = Int64(lane) << 48...(Int64(lane) + 1) << 48 - 1
                    let request = ClaimRequest(dataflow: place.dataflow, limit: 6, limitPerProfile: perProfile)
                    let waiting = SnapshotRows(rows: rows)
                    var claim = Claim(request, in: range, from: waiting, scannedRowsMax: 20)
                    var ledger = relay.ledgers[place.dataflow] ?? ClaimLedger(before: range.lowerBound)
                    let rekeyed = all[Int(ledger.followed)...]
                    func follow() {
                        for (absorbed, survivor) in rekeyed { ledger.rekey(absorbed, to: survivor) }
                        ledger.followed += Int64(rekeyed.count)
                    }
                    if faults.isDisjoint(with: [.rekeyedForgotten, .rekeyedAskedLater]) { follow() }
                    do throws(StorageError) {
                        try claim.run(&ledger)
                    } catch {
                        broken = violation
                    }
                    if faults.contains(.rekeyedAskedLater) { follow() }
                    relay.ledgers[place.dataflow] = ledger
                    claimed += claim.rows.map { ($0, $0.row, .record, place.dataflow) }
                    claimed += claim.others.map { (nil, $0.row, $0.kind, place.dataflow) }
                    guard faults.contains(.markersNotInTurn) else { continue }
                    claimed += rows.filter { $0.kind == .marker }.map { (nil, $0.row, .marker, place.dataflow) }
                }
            }
            if let broken { throw broken }
            simulation.reach(node) { simulation in
                simulation.changeRelay(node, lane, epoch) { $0.isClaiming = false }
                for (record, row, kind, dataflow) in claimed {
                    switch kind {
                    case .record:
                        if let record { simulation.take(record, node, lane, epoch) }
                    case .gate: simulation.changeRelay(node, lane, epoch) { $0.gates[row] = dataflow }
                    case .marker: simulation.changeRelay(node, lane, epoch) { $0.markers[row] = dataflow }
                    case .void: simulation.settle(row, dataflow, node, lane, epoch, isDelivered: false)
                    }
                }
            }
        }
    }

    // MARK: Records

    /// Sends a record, unless one of its profile is on its way.
    private mutating func take(_ record: OutboxRow, _ node: Int, _ lane: Int16, _ epoch: Int64) {
        let key = LaneRelay.Key(dataflow: record.dataflow, profile: record.profile)
        changeRelay(node, lane, epoch) { $0.held[key, default: []].append(record.row) }
        guard nodes[node].relays[lane]?.held[key]?.first == record.row else { return }
        sendRecord(record.row, key, node, lane, epoch)
    }

    /// A record has arrived: it is settled, and the next one of its profile goes.
    private mutating func heard(_ row: Int64, _ key: LaneRelay.Key, _ node: Int, _ lane: Int16, _ epoch: Int64) {
        changeRelay(node, lane, epoch) { relay in
            relay.underWay[row] = 0
            relay.held[key]?.removeAll { $0 == row }
            if relay.held[key]?.isEmpty == true { relay.held[key] = nil }
        }
        changeRelay(node, lane, epoch) { $0.unsettled[key.dataflow, default: []].append(row) }
        settle(row, key.dataflow, node, lane, epoch, isDelivered: true)
        guard let next = nodes[node].relays[lane]?.held[key]?.first else { return }
        sendRecord(next, key, node, lane, epoch)
    }

    private mutating func sendRecord(_ row: Int64, _ key: LaneRelay.Key, _ node: Int, _ lane: Int16, _ epoch: Int64) {
        count("sendings")
        let sending = counts["sendings"] ?? 0
        changeRelay(node, lane, epoch) { $0.underWay[row] = sending }
        guard nodes[node].relays[lane]?.underWay[row] == sending else { return }
        // No answer in time: it may have arrived, and goes again.
        later(400...400, on: node) { simulation in
            guard simulation.nodes[node].relays[lane]?.epoch == epoch,
                simulation.nodes[node].relays[lane]?.underWay[row] == sending
            else { return }
            simulation.sendRecord(row, key, node, lane, epoch)
        }
        let isLost = !isHealing && Int.random(in: 0..<40, using: &random) == 0
        guard !isLost else { return }
        let way = Int.random(in: 0..<6, using: &random) == 0 ? 250 : 30
        let life = nodes[node].life
        after(0...way) { simulation in
            if let wrong = simulation.stream.land(row), !simulation.hasLost { throw simulation.violation(wrong) }
            guard simulation.isHealing || Int.random(in: 0..<40, using: &simulation.random) > 0 else { return }
            simulation.after(0...50) { simulation in
                try simulation.onNode(node, life) { simulation in
                    // It may have been heard of before, or be another's by now; and a copy that was sent since may still be on its way.
                    guard simulation.nodes[node].relays[lane]?.epoch == epoch,
                        simulation.nodes[node].relays[lane]?.underWay[row] == sending,
                        simulation.nodes[node].relays[lane]?.held[key]?.first == row
                    else { return }
                    simulation.heard(row, key, node, lane, epoch)
                }
            }
        }
    }

    private mutating func settle(
        _ row: Int64,
        _ dataflow: Dataflow.ID,
        _ node: Int,
        _ lane: Int16,
        _ epoch: Int64,
        isDelivered: Bool
    ) {
        let life = nodes[node].life
        // Until it is known to be done.
        later(150...150, on: node) { simulation in
            let isKnown =
                simulation.nodes[node].relays[lane]?.epoch != epoch
                || simulation.nodes[node].relays[lane]?.underWay[row] == nil
                    && simulation.nodes[node].relays[lane]?.ledgers[dataflow]?.isClaimed(row) != true
            if !isKnown { simulation.settle(row, dataflow, node, lane, epoch, isDelivered: isDelivered) }
        }
        let isLost = !isHealing && Int.random(in: 0..<30, using: &random) == 0
        guard !isLost else { return }
        let rows = isDelivered ? nodes[node].relays[lane]?.unsettled[dataflow] ?? [] : [row]
        ask { simulation in
            simulation.database.change { content in
                for row in rows {
                    content.settle(
                        row,
                        isDelivered: isDelivered,
                        in: SharedContent.Outbox(lane: lane, dataflow: dataflow)
                    )
                }
            }
            if isDelivered { for row in rows { simulation.stream.settle(row) } }
            guard simulation.nodes[node].life == life else { return }
            simulation.reach(node) { simulation in
                simulation.changeRelay(node, lane, epoch) { relay in
                    for row in rows { relay.underWay[row] = nil }
                    relay.unsettled[dataflow]?.removeAll { rows.contains($0) }
                    relay.ledgers[dataflow]?.settle(rows)
                }
            }
        }
    }

    // MARK: Gates and markers

    /// Looks which gates are gone.
    private mutating func look(_ node: Int, _ lane: Int16, _ relay: LaneRelay) {
        let (gates, epoch) = (relay.gates, relay.epoch)
        ask { simulation in
            let gone = gates.filter { row, dataflow in
                simulation.database.content.row(row, in: SharedContent.Outbox(lane: lane, dataflow: dataflow)) == nil
            }
            guard !gone.isEmpty else { return }
            simulation.reach(node) { simulation in
                simulation.changeRelay(node, lane, epoch) { relay in
                    for (row, dataflow) in gone {
                        relay.gates[row] = nil
                        relay.ledgers[dataflow]?.settle([row])
                    }
                }
            }
        }
    }

    /// Takes a marker away together with its gate, if the lane is still this node's.
    private mutating func open(_ row: Int64, _ dataflow: Dataflow.ID, _ node: Int, _ lane: Int16, _ epoch: Int64) {
        ask { simulation in
            guard simulation.database.content.owners[lane]?.epoch == epoch else { return }
            let place = SharedContent.Outbox(lane: lane, dataflow: dataflow)
            if let marker = simulation.database.content.row(row, in: place), let gate = marker.gate {
                let before = simulation.database.content.outbox[place]?.first { $0.profile == marker.profile }
                guard before?.row == row || simulation.hasLost || simulation.setup.faults.contains(.markersNotInTurn)
                else {
                    throw simulation.violation("a marker's turn has come before its time")
                }
                simulation.database.change { content in
                    content.remove(row, from: place)
                    content.remove(gate, from: SharedContent.Outbox(lane: Int16(gate >> 48), dataflow: dataflow))
                }
                simulation.count("gates opened")
            }
            simulation.reach(node) { simulation in
                simulation.changeRelay(node, lane, epoch) { relay in
                    relay.markers[row] = nil
                    relay.ledgers[dataflow]?.settle([row])
                }
            }
        }
    }
}
