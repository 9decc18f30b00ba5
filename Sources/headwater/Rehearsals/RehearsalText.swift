import ActivationCore

/// A rehearsal as people read it.
struct RehearsalText {
    /// What the server answered.
    var rehearsal: JSONValue

    /// What would happen, part by part.
    var lines: [String] {
        var lines = [profiles]
        for audience in rehearsal["audiences"]?.array ?? [] { lines.append(self.audience(audience)) }
        for dataflow in rehearsal["dataflows"]?.array ?? [] { lines += self.dataflow(dataflow) }
        for violation in rehearsal["violations"]?.array ?? [] {
            let labels = (violation["labels"]?.array ?? []).compactMap { $0["label"]?.string }
            lines.append(
                "forbidden    by \(violation["policyName"]?.string ?? ""): \(labels.joined(separator: ", "))"
            )
        }
        lines += changes("breaking", "breaks consumers")
        lines += changes("compatible", "new for consumers")
        if let present = rehearsal["schema"]?["version"]?.int64, let next = rehearsal["schema"]?["next"]?.int64 {
            lines.append("schema       version \(present)\(next == present ? ", as it is" : ", then \(next)")")
        }
        for message in rehearsal["messages"]?.array ?? [] { lines += self.message(message) }
        return lines
    }

    private var profiles: String {
        let (looked, total) = (count(rehearsal["profiles"]?["looked"]), count(rehearsal["profiles"]?["total"]))
        return rehearsal["profiles"]?["isWhole"] == true
            ? "profiles     \(total), all of them were looked at" : "profiles     \(looked) of \(total) were looked at"
    }

    private func audience(_ audience: JSONValue) -> String {
        let name = audience["name"]?.string ?? ""
        var text = "audience     \(name.isEmpty ? "(new)" : name): \(audience["change"]?.string ?? "")"
        text += ", \(count(audience["members"])) members"
        if let entering = audience["entering"] { text += ", \(figure(entering)) would enter" }
        if let exiting = audience["exiting"] { text += ", \(figure(exiting)) would exit" }
        return audience["isBeingEvaluated"] == true ? "\(text); it is still being evaluated" : text
    }

    private func dataflow(_ dataflow: JSONValue) -> [String] {
        let name = dataflow["name"]?.string ?? ""
        var lines = ["dataflow     \(name.isEmpty ? "(new)" : name)"]
        if let now = dataflow["exportsNow"] {
            let seconds = now["seconds"]?.int64 ?? 0
            lines.append("  now        \(figure(now)) records, at least \(Figures.clock(seconds: Double(seconds)))")
        }
        if let day = dataflow["exportsPerDay"] {
            let basis = day["basis"] == "books" ? "by what it sent" : "by who entered and exited"
            lines.append(
                "  per day    about \(count(day["records"])), from \(count(day["lowest"])) to \(count(day["highest"])), \(basis) "
                    + "in \(count(day["days"])) days; \(count(day["busiestHour"])) in the busiest hour"
            )
        } else {
            lines.append("  per day    not known yet: nothing was counted")
        }
        let record = dataflow["record"]
        lines.append("  record     about \(count(record?["bytes"])) bytes, at most \(count(record?["bytesMax"]))")
        let shards = dataflow["shards"]
        let average = shards?["average"].map { ", \(count($0)) on average" } ?? ""
        lines.append("  shards     \(count(shards?["peak"])) at the peak\(average)")
        let costs = dataflow["costs"]
        for (label, key) in [("once      ", "now"), ("per month ", "month")] {
            guard let cost = costs?[key] else { continue }
            let (provisioned, onDemand) = (dollars(cost["provisioned"]), dollars(cost["onDemand"]))
            lines.append("  \(label) \(provisioned) USD provisioned, \(onDemand) USD on demand")
        }
        if let region = costs?["assumptions"]?["region"]?.string {
            let listed = costs?["assumptions"]?["listedAt"]?.string.map { "list prices of \($0)" } ?? "prices as given"
            lines.append("             \(listed), \(region)")
        }
        return lines
    }

    private func changes(_ key: String, _ label: String) -> [String] {
        (rehearsal[key]?.array ?? []).map { change in
            let path = change["path"]?.string ?? ""
            return "\(label): \(path.isEmpty ? "messages" : path) \(change["what"]?.string ?? "")"
        }
    }

    private func message(_ message: JSONValue) -> [String] {
        var lines = ["message      of profile \(message["profileId"]?.string ?? "")"]
        for key in ["before", "after"] {
            let text = message[key]?["message"]?.text
            lines.append("  \(key)\(key == "after" ? " " : "")     \(text ?? "none")")
        }
        return lines
    }

    private func figure(_ figure: JSONValue) -> String {
        let error = figure["standardError"]?.double ?? 0
        guard error > 0 else { return count(figure["count"]) }
        return
            "about \(count(figure["count"])) (give or take \(Figures.grouped(Int64(min(error * 2, 9e15).rounded(.up)))))"
    }

    private func count(_ value: JSONValue?) -> String { Figures.grouped(value?.int64 ?? 0) }

    private func dollars(_ value: JSONValue?) -> String { Figures.fixed(value?.double ?? 0, 2) }
}
