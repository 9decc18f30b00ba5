import ActivationCore
import ActivationEngine
import Crypto

extension Rehearsal {
    /// The rehearsal as callers see it.
    var json: JSONObject {
        var object: JSONObject = [
            "at": .string(at.rfc3339),
            "profiles": [
                "total": .integer(Int64(profiles.total)), "looked": .integer(Int64(profiles.looked)),
                "isWhole": .bool(isWhole),
            ],
            "audiences": .array(audiences.map { .object($0.json) }),
            "dataflows": .array(dataflows.map { .object($0.json) }),
            "messages": .array(messages.map(\.json)),
        ]
        if let schema {
            object["schema"] = ["version": .integer(Int64(schema.present)), "next": .integer(Int64(schema.next))]
        }
        if let contract {
            object["breaking"] = .array(contract.breaking.map(\.json))
            object["compatible"] = .array(contract.compatible.map(\.json))
        }
        for (key, value) in violations { object[key] = value }
        if !warnings.isEmpty { object["warnings"] = .array(warnings) }
        return object
    }
}

extension ContractDifference.Change {
    /// The change as callers see it.
    var json: JSONValue { ["path": .string(path), "what": .string(what)] }
}

extension PreviewEstimate.Figure {
    /// The figure as callers of rehearsals see it.
    fileprivate var json: JSONObject {
        ["count": .integer(Int64(size)), "standardError": JSONValue(standardError)]
    }
}

extension Rehearsal.AudienceFigures {
    fileprivate var json: JSONObject {
        var object: JSONObject = [
            "audienceId": .string(id.uuid.description), "name": .string(name), "change": .string(change.rawValue),
            "members": .integer(Int64(members)), "isBeingEvaluated": .bool(isBeingEvaluated),
        ]
        // The id of one that is not there yet means nothing.
        if change == .new { object["audienceId"] = nil }
        object["entering"] = (entering?.json).map { .object($0) }
        object["exiting"] = (exiting?.json).map { .object($0) }
        return object
    }
}

extension Rehearsal.DataflowFigures {
    fileprivate var json: JSONObject {
        var now = self.now.json
        now["basis"] = .string(basis.rawValue)
        now["seconds"] = .integer(Int64(stream.seconds))
        var shards: JSONObject = ["peak": .integer(Int64(stream.peakShards))]
        shards["average"] = stream.averageShards.map { .integer(Int64($0)) }
        shards["busiestHour"] = stream.busiestShards.map { .integer(Int64($0)) }
        var object: JSONObject = [
            "name": .string(name), "isEnabled": .bool(isEnabled), "exportsNow": .object(now),
            "record": [
                "bytes": .integer(Int64(stream.recordBytes)), "bytesMax": .integer(Int64(bytesMax)),
                "records": .integer(Int64(rendered)),
            ],
            "shards": .object(shards), "costs": .object(stream.costs),
        ]
        object["flowId"] = id.map { .string($0) }
        object["exportsPerDay"] = stream.traffic.map { .object($0.json) }
        return object
    }
}

extension ExportTraffic {
    fileprivate var json: JSONObject {
        [
            "records": .integer(day), "lowest": .integer(lowest), "highest": .integer(highest),
            "busiestHour": .integer(busiestHour), "basis": .string(basis.rawValue), "days": .integer(Int64(days)),
            "factor": JSONValue(factor),
        ]
    }
}

extension StreamForecast {
    /// What it costs, and what that rests on.
    fileprivate var costs: JSONObject {
        func rounded(_ dollars: Double) -> JSONValue { JSONValue((dollars * 10_000).rounded() / 10_000) }
        var month = JSONObject()
        month["provisioned"] = provisionedMonth.map(rounded)
        month["onDemand"] = onDemandMonth.map(rounded)
        var assumptions = prices.json
        assumptions["hoursPerMonth"] = JSONValue(StreamForecast.monthHours)
        assumptions["recordsPerMonth"] = monthRecords.map { JSONValue($0.rounded()) }
        assumptions["shards"] = busiestShards.map { .integer(Int64($0)) }
        assumptions["putUnitsPerRecord"] = JSONValue(putUnits)
        var costs: JSONObject = [
            "now": ["provisioned": rounded(provisionedNow), "onDemand": rounded(onDemandNow)],
            "assumptions": .object(assumptions),
        ]
        if !month.isEmpty { costs["month"] = .object(month) }
        return costs
    }
}

extension RehearsedMessage {
    fileprivate var json: JSONValue {
        var object: JSONObject = ["isSent": .bool(isSent)]
        if let row = after ?? before {
            object["flowId"] = .string(row.dataflow.uuid.description)
            object["profileId"] = .string(row.profile.uuid.description)
            object["mergePolicyId"] = .string(row.mergePolicy.uuid.description)
            object["reasons"] = .array(row.reasons.names.map { .string($0) })
        }
        object["before"] = before.map(\.maskedDocument)
        object["after"] = after.map(\.maskedDocument)
        return .object(object)
    }
}

extension OutboxRow {
    /// A record of a stored profile as answers show it: of values the kind and the size, and what tells two apart.
    var maskedDocument: JSONValue {
        [
            "bytes": .integer(Int64(payload.count)),
            "sha256": .string(SHA256.hash(data: payload).hexadecimal),
            "message": MaskedMessage.document(of: payload) ?? .null,
        ]
    }
}

extension SHA256.Digest {
    /// The digits in lower case.
    var hexadecimal: String {
        reduce(into: "") { text, byte in
            let digits = String(byte, radix: 16)
            text += digits.count == 1 ? "0\(digits)" : digits
        }
    }
}
