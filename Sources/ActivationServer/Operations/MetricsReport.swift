import ActivationCore
import ActivationEngine

/// `/metrics`: everything the server counts and holds, read when it is asked for (docs/decisions/0037).
struct MetricsReport {
    let dependencies: ServerDependencies

    /// The report of now; what the storage cannot tell at the moment is left out.
    func text() async -> MetricsText {
        var text = MetricsText()
        await addServer(to: &text)
        addIngestion(to: &text)
        // What all nodes have together is told by the one that leads.
        guard dependencies.role == .leader else {
            text.append(dependencies.metrics.connections.lines)
            return text
        }
        let flows = flows
        await addBooks(of: flows, to: &text)
        addAudit(of: flows, to: &text)
        addDelivery(of: flows, to: &text)
        text.append(dependencies.metrics.connections.lines)
        return text
    }

    /// A dataflow with the label that its samples have.
    private struct Flow {
        var id: Dataflow.ID
        var entry: ControlEntry
        var label: [(String, String)] { [("dataflow", "\(id.uuid)")] }
    }

    private var flows: [Flow] {
        dependencies.control.snapshot.entries(.flow).compactMap { entry in
            UUIDBytes(entry.id).map { Flow(id: Dataflow.ID(uuid: $0), entry: entry) }
        }
    }

    private func addServer(to text: inout MetricsText) async {
        text.family("headwater_build_info", .gauge, "The version that runs.")
        text.sample("headwater_build_info", [("version", ServerVersion.text)], 1)
        let health = await dependencies.engine.health()
        text.family("headwater_ready", .gauge, "1 while messages are taken and can be stored.")
        text.sample("headwater_ready", Readiness(health, of: dependencies).isReady ? 1 : 0)
        text.family("headwater_leads", .gauge, "1 on the node that leads, which tells of dataflows.")
        let leads = dependencies.role == .leader && dependencies.node?.leadsForCertain ?? true
        text.sample("headwater_leads", leads ? 1 : 0)
        if dependencies.control.sandbox.isDefault {
            text.family("headwater_sandboxes_failed", .gauge, "Sandboxes that cannot be used now.")
            text.sample("headwater_sandboxes_failed", dependencies.sandboxes.failedCount)
        }
        text.family("headwater_batches_total", .counter, "Batches that were begun.")
        text.sample("headwater_batches_total", health.batches.begun)
        text.family("headwater_batches_failed_total", .counter, "Batches that were not stored, by the code.")
        for (code, count) in health.batches.failed.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            text.sample("headwater_batches_failed_total", [("code", code.rawValue)], count)
        }
        let process = ProcessFigures.current
        text.family("process_cpu_seconds_total", .counter, "Processor time since the start.")
        text.sample("process_cpu_seconds_total", process.cpuSeconds)
        if let bytes = process.residentBytes {
            text.family("process_resident_memory_bytes", .gauge, "Memory in use.")
            text.sample("process_resident_memory_bytes", bytes)
        }
        if let files = process.openFiles {
            text.family("process_open_fds", .gauge, "Open files and connections.")
            text.sample("process_open_fds", files)
        }
        guard let space = dependencies.space() else { return }
        text.family(
            "headwater_store_bytes",
            .gauge,
            "Bytes of the database with the values beside it, and of its logs."
        )
        text.sample("headwater_store_bytes", [("file", "database")], space.database)
        text.sample("headwater_store_bytes", [("file", "log")], space.log)
        text.family("headwater_disk_free_bytes", .gauge, "Bytes that may be written to the disk of the store.")
        text.sample("headwater_disk_free_bytes", space.free)
        text.family("headwater_disk_bytes", .gauge, "Bytes of the disk of the store.")
        text.sample("headwater_disk_bytes", space.disk)
    }

    private func addIngestion(to text: inout MetricsText) {
        let total = dependencies.metrics.ingestion.total
        text.family("headwater_messages_accepted_total", .counter, "Messages taken, those that were there already too.")
        text.sample("headwater_messages_accepted_total", total.accepted)
        text.family("headwater_messages_refused_total", .counter, "Messages refused, by the code of the error.")
        for (code, count) in total.refused.sorted(by: { $0.key < $1.key }) {
            text.sample("headwater_messages_refused_total", [("code", code)], count)
        }
        text.append(dependencies.metrics.ignoredLines)
    }

    private func addBooks(of flows: [Flow], to text: inout MetricsText) async {
        guard let books = try? await dependencies.engine.books(of: flows.map(\.id)) else { return }
        func family(
            _ name: String,
            _ kind: MetricsText.Kind,
            _ help: String,
            _ value: (Engine.DataflowBooks) -> Int64
        ) {
            text.family(name, kind, help)
            for flow in flows {
                if let books = books[flow.id] { text.sample(name, flow.label, value(books)) }
            }
        }
        family("headwater_dataflow_triggered_total", .counter, "Records that a change called for.") {
            $0.counters.triggered
        }
        family("headwater_dataflow_delivered_total", .counter, "Records that the destination acknowledged.") {
            $0.counters.delivered
        }
        family("headwater_dataflow_parked_total", .counter, "Records that became dead letters.") { $0.counters.parked }
        family("headwater_dataflow_dead_letters", .gauge, "Dead letters that are kept.") { $0.counters.deadLetters }
        family("headwater_dataflow_pending", .gauge, "Records that wait.") { $0.pendingRows }
        let suppressed = "headwater_dataflow_suppressed"
        text.family(
            suppressed,
            .gauge,
            "Records that were not sent, by reason; one that arrives all the same is taken back."
        )
        for flow in flows {
            guard let counters = books[flow.id]?.counters else { continue }
            let reasons = [
                ("disabled", counters.suppressedDisabled), ("deleted", counters.suppressedDeleted + counters.erased),
                ("discarded", counters.discarded), ("superseded", counters.superseded + counters.replayed),
            ]
            for (reason, count) in reasons { text.sample(suppressed, flow.label + [("reason", reason)], count) }
        }
        let age = "headwater_dataflow_oldest_pending_seconds"
        text.family(age, .gauge, "How long the oldest waiting record has waited; 0 when none waits.")
        let now = dependencies.time.now()
        for flow in flows {
            guard let books = books[flow.id] else { continue }
            let waited = books.oldestPendingAt.map { max(0, now.milliseconds - $0.milliseconds) } ?? 0
            text.sample(age, flow.label, Double(waited) / 1_000)
        }
        let state = "headwater_dataflow_state"
        text.family(state, .gauge, "1 for the state that the dataflow is in.")
        for flow in flows {
            guard let books = books[flow.id] else { continue }
            let current = dependencies.headwaterState(of: flow.entry, books.state).word
            for name in HeadwaterState.words {
                text.sample(state, flow.label + [("state", name)], name == current ? 1 : 0)
            }
        }
    }

    private func addAudit(of flows: [Flow], to text: inout MetricsText) {
        guard let audit = dependencies.engine.lastBooksAudit else { return }
        let off = "headwater_dataflow_books_off"
        text.family(off, .gauge, "1 when the last audit found records missing or too many.")
        for flow in flows { text.sample(off, flow.label, audit.off.contains(flow.id) ? 1 : 0) }
        text.family(
            "headwater_books_audited_seconds",
            .gauge,
            "When the books were audited last, in seconds since 1970."
        )
        text.sample("headwater_books_audited_seconds", Double(audit.at.milliseconds) / 1_000)
    }

    private func addDelivery(of flows: [Flow], to text: inout MetricsText) {
        let figures = dependencies.engine.deliveryFigures
        let delay = "headwater_delivery_delay_seconds"
        text.family(delay, .histogram, "From the admission of a message to the acknowledgement of its record.")
        for flow in flows {
            guard let delays = figures[flow.id]?.delays else { continue }
            var count: Int64 = 0
            for (index, bound) in DeliveryDelays.bounds.enumerated() {
                count += delays.counts[index]
                text.sample(delay + "_bucket", flow.label + [("le", "\(Double(bound) / 1_000)")], count)
            }
            count += delays.counts[DeliveryDelays.bounds.count]
            text.sample(delay + "_bucket", flow.label + [("le", "+Inf")], count)
            text.sample(delay + "_sum", flow.label, Double(delays.sum) / 1_000)
            text.sample(delay + "_count", flow.label, count)
        }
        let sinks = flows.compactMap { flow in figures[flow.id]?.sink.map { (flow, $0) } }
        func family(_ name: String, _ kind: MetricsText.Kind, _ help: String, _ value: (SinkStatistics) -> Int) {
            text.family(name, kind, help)
            for (flow, sink) in sinks { text.sample(name, flow.label, value(sink)) }
        }
        // Counters of a producer begin again when its dataflow is started again.
        family("headwater_producer_requests_total", .counter, "Requests to the destination.") { $0.requests }
        family("headwater_producer_request_failures_total", .counter, "Requests that failed as a whole.") {
            $0.requestFailures
        }
        family("headwater_producer_retried_total", .counter, "Times that a record was put back to be sent again.") {
            $0.retried
        }
        family("headwater_producer_throttled_total", .counter, "Times that a record was refused for the pace.") {
            $0.throttled
        }
        family(
            "headwater_producer_duplicates_possible_total",
            .counter,
            "Records in requests of unknown fate, which the stream may hold twice."
        ) { $0.duplicatesPossible }
        family("headwater_producer_held_records", .gauge, "Records in the producer's memory.") { $0.heldRecords }
        family("headwater_producer_held_bytes", .gauge, "Bytes in the producer's memory.") { $0.heldBytes }
        family("headwater_producer_requests_in_flight", .gauge, "Requests on their way.") { $0.requestsInFlight }
        addCredentials(of: sinks, to: &text)
        addLanes(of: sinks, to: &text)
    }

    /// Only of those with an end.
    private func addCredentials(of sinks: [(Flow, SinkStatistics)], to text: inout MetricsText) {
        let standings = sinks.compactMap { flow, sink in sink.credentials.map { (flow, $0) } }
        let left = "headwater_credentials_expire_seconds"
        text.family(left, .gauge, "For how long the present credentials are valid still.")
        for (flow, standing) in standings { text.sample(left, flow.label, standing.left / .seconds(1)) }
        let failing = "headwater_credentials_renewal_failing"
        text.family(failing, .gauge, "1 while others cannot be had.")
        for (flow, standing) in standings { text.sample(failing, flow.label, standing.failure == nil ? 0 : 1) }
    }

    private func addLanes(of sinks: [(Flow, SinkStatistics)], to text: inout MetricsText) {
        func family(
            _ name: String,
            _ kind: MetricsText.Kind,
            _ help: String,
            _ sample: (inout MetricsText, String, [(String, String)], SinkStatistics.Lane) -> Void
        ) {
            text.family(name, kind, help)
            for (flow, sink) in sinks {
                // Parts of a stream whose shards are not known have no names.
                for lane in sink.lanes {
                    guard let shard = lane.name else { continue }
                    sample(&text, name, flow.label + [("shard", shard)], lane)
                }
            }
        }
        family("headwater_shard_delivered_total", .counter, "Records that the shard took.") {
            $0.sample($1, $2, $3.delivered)
        }
        family("headwater_shard_throttled_total", .counter, "Times that the shard refused a record for its pace.") {
            $0.sample($1, $2, $3.throttled)
        }
        family("headwater_shard_pace_records_per_second", .gauge, "Records that may go to the shard in a second.") {
            $0.sample($1, $2, $3.recordsPerSecond)
        }
        family("headwater_shard_ready_records", .gauge, "Records that wait for the shard's pace.") {
            $0.sample($1, $2, $3.ready)
        }
    }
}
