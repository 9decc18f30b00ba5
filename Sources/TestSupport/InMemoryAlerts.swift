import ActivationCore
import ActivationEngine

/// What a storage in memory keeps of alerts.
struct InMemoryAlerts {
    private var byID: [ByteKey: AlertStanding] = [:]
    /// The oldest first.
    private(set) var entries: [AlertEntry] = []
    /// The oldest first.
    private(set) var deliveries: [AlertDelivery] = []
    private var lastSequence: Int64 = 0

    /// How alerts stand, by id.
    var standings: [AlertStanding] { byID.values.sorted { $0.id.comesBefore($1.id) } }

    mutating func perform(_ change: AlertChange) {
        if change.isEmpty { return }
        for standing in change.standings { byID[ByteKey(standing.id)] = standing }
        for id in change.gone { byID[ByteKey(id)] = nil }
        for var entry in change.entries {
            lastSequence += 1
            entry.sequence = lastSequence
            entries.append(entry)
        }
        for var delivery in change.deliveries {
            lastSequence += 1
            delivery.sequence = lastSequence
            deliveries.append(delivery)
        }
        for attempt in change.attempts {
            guard let place = deliveries.firstIndex(where: { $0.sequence == attempt.sequence }) else { continue }
            deliveries[place].due = attempt.due
            deliveries[place].body = attempt.body
        }
        let atOnce = AlertChange.forgottenAtOnce
        if let oldest = change.forgetsEntriesBefore {
            entries = entries.prefix(atOnce).filter { $0.at >= oldest } + entries.dropFirst(atOnce)
        }
        if let oldest = change.forgetsDeliveriesBefore {
            deliveries =
                deliveries.prefix(atOnce).filter { $0.at >= oldest || $0.due != nil } + deliveries.dropFirst(atOnce)
        }
    }
}
