import ActivationCore
import ActivationEngine
import Console

/// A rehearsal in words, for the pages on which a change is reviewed.
struct RehearsalWords {
    let rehearsal: Rehearsal

    /// A number; an estimate with how far it may be off.
    static func text(_ figure: PreviewEstimate.Figure, isSampled: Bool) -> String {
        guard isSampled else { return Figure.count(figure.size) }
        let error = Int((figure.standardError * 1.96).rounded(.up))
        return "about \(Figure.count(figure.size)) (± \(Figure.count(error)))"
    }

    /// The number of records that a dataflow would be sent at once.
    static func text(of flow: Rehearsal.DataflowFigures) -> String { text(flow.now, isSampled: flow.basis == .sample) }

    /// What was looked at.
    private var looked: String {
        let (looked, total) = (rehearsal.profiles.looked, rehearsal.profiles.total)
        return rehearsal.isWhole
            ? "each of \(Figure.count(total, "profile")) was tried"
            : "by \(Figure.count(looked)) of \(Figure.count(total, "profile")); of 100 such samples 95 are no further off"
    }

    /// What a change does to a dataflow.
    func facts(of flow: Rehearsal.DataflowFigures) -> [ReviewPage.Fact] {
        var facts: [ReviewPage.Fact] = []
        func add(_ label: String, _ value: String, _ note: String? = nil) {
            facts.append(ReviewPage.Fact(label: label, value: value, note: note))
        }
        let stream = flow.stream
        if flow.now.size > 0 || flow.basis == .sample {
            let basis = flow.basis == .counters ? "by the counters of members" : looked
            add("Sent now", "\(RehearsalWords.text(of: flow)) \(flow.now.size == 1 ? "record" : "records")", basis)
        } else {
            add("Sent now", "nothing")
        }
        if let traffic = stream.traffic {
            let days = Figure.count(traffic.days, "day")
            let basis =
                traffic.basis == .books
                ? "by what it sent in the last \(days) and the members there are"
                : "by who entered and exited in the last \(days); other changes come on top"
            let range = "from \(Figure.count(traffic.lowest)) to \(Figure.count(traffic.highest)); "
            add("Records a day", "about \(Figure.count(traffic.day))", range + basis)
        } else {
            add("Records a day", "not known", "the dataflow has to send for some hours before it can be said")
        }
        let size = Figure.count(stream.recordBytes, "byte")
        add(
            "A record",
            "about \(size)",
            flow.bytesMax > stream.recordBytes ? "at most \(Figure.count(flow.bytesMax))" : nil
        )
        if let busiest = stream.busiestShards, let traffic = stream.traffic {
            let peak = stream.peakShards > busiest ? "; \(Figure.count(stream.peakShards)) while members are sent" : ""
            add(
                "Shards",
                Figure.count(busiest),
                "for the busiest hour, about \(Figure.count(traffic.busiestHour, "record"))\(peak)"
            )
        } else {
            add("Shards", Figure.count(stream.peakShards), flow.now.size > 0 ? "while members are sent" : nil)
        }
        facts.append(costs(stream))
        facts.append(assumptions(stream))
        return facts
    }

    private func costs(_ stream: StreamForecast) -> ReviewPage.Fact {
        let prices = stream.prices
        let listed = prices.listedAt.map { "list prices of \($0)" } ?? "prices as given"
        guard let provisioned = stream.provisionedMonth, let onDemand = stream.onDemandMonth else {
            return ReviewPage.Fact(
                label: "Costs",
                value: "about \(RehearsalWords.dollars(stream.provisionedNow)) for what is sent now",
                note: "without the hours of the stream; \(listed), \(prices.region)"
            )
        }
        return ReviewPage.Fact(
            label: "Costs a month",
            value: "about \(RehearsalWords.dollars(provisioned)), or \(RehearsalWords.dollars(onDemand)) on demand",
            note: "\(listed), \(prices.region); reading is not in it"
        )
    }

    /// What the costs rest on.
    private func assumptions(_ stream: StreamForecast) -> ReviewPage.Fact {
        let prices = stream.prices
        func price(_ amount: Double) -> String { "\(JSONValue(amount).text) USD" }
        let units = Figure.count(Int(stream.putUnits))
        let shards = stream.busiestShards.map { "\(Figure.count($0, "shard")) for " } ?? ""
        let records = stream.monthRecords.map { "; \(Figure.count(Int64(min($0.rounded(), 9e15)), "record"))" } ?? ""
        return ReviewPage.Fact(
            label: "Costs rest on",
            value: "\(shards)\(Figure.count(Int(StreamForecast.monthHours))) hours a month\(records)",
            note: "an hour of a shard \(price(prices.shardHour)), a million units of 25 KiB, \(units) a record, "
                + "\(price(prices.putUnitsPerMillion)); on demand an hour \(price(prices.onDemandStreamHour)), "
                + "a GiB \(price(prices.onDemandGigabyte))"
        )
    }

    private static func dollars(_ amount: Double) -> String {
        let cents = Int64(min(amount * 100, 9e15).rounded(.up))
        let rest = cents % 100
        return "\(Figure.count(cents / 100)).\(rest < 10 ? "0" : "")\(rest) USD"
    }

    /// Messages before and after.
    var messages: [MessageComparison] {
        rehearsal.messages.enumerated().map { MessageComparison($1, number: $0 + 1) }
    }

    /// How many members an audience would have; nil when it is not known how many it has.
    var size: String? {
        guard let audience = rehearsal.audiences.first, !audience.isBeingEvaluated, let entering = audience.entering,
            let exiting = audience.exiting
        else { return nil }
        let (one, other) = (entering.standardError, exiting.standardError)
        let figure = PreviewEstimate.Figure(
            size: max(audience.members + entering.size - exiting.size, 0),
            standardError: (one * one + other * other).squareRoot()
        )
        let size = RehearsalWords.text(figure, isSampled: !rehearsal.isWhole)
        let looked = rehearsal.isWhole ? "" : "; \(Figure.count(rehearsal.profiles.looked)) were looked at"
        let total = Figure.count(rehearsal.profiles.total, "profile")
        return "\(size.prefix(1).uppercased())\(size.dropFirst()) of \(total) would be members now\(looked)."
    }

    /// What saving a rule would change.
    var effect: AudienceEditorPage.Effect? {
        guard let audience = rehearsal.audiences.first, let entering = audience.entering, let exiting = audience.exiting
        else { return nil }
        let isSampled = !rehearsal.isWhole
        let come = RehearsalWords.text(entering, isSampled: isSampled)
        let go = RehearsalWords.text(exiting, isSampled: isSampled)
        let sending = rehearsal.dataflows.filter { $0.now.size > 0 }
        let errors = sending.reduce(0) { $0 + $1.now.standardError * $1.now.standardError }
        let all = PreviewEstimate.Figure(
            size: sending.reduce(0) { $0 + $1.now.size },
            standardError: errors.squareRoot()
        )
        let dataflows = Figure.count(sending.count, "dataflow")
        let records = RehearsalWords.text(all, isSampled: isSampled)
        return AudienceEditorPage.Effect(
            members: "\(come.prefix(1).uppercased())\(come.dropFirst()) would enter and \(go) would exit. "
                + "\(looked.prefix(1).uppercased())\(looked.dropFirst()).",
            records: sending.isEmpty
                ? "No dataflow would send anything."
                : "\(dataflows) would send \(records) \(all.size == 1 ? "record" : "records").",
            dataflows: rehearsal.dataflows.map { flow in
                AudienceEditorPage.Effect.Use(
                    name: flow.name,
                    path: "/console/dataflows/\(flow.id ?? "")",
                    records: RehearsalWords.text(of: flow),
                    facts: Array(facts(of: flow).dropFirst())
                )
            },
            hasDataflows: !rehearsal.dataflows.isEmpty,
            messages: messages
        )
    }
}
