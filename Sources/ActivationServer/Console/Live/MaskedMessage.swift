import ActivationCore

/// A message as people see it who have not asked for values: every key, and of values the kind and the size.
enum MaskedMessage {
    /// Standings say nothing of a person that the audience's name does not.
    private static let shown = "segmentMembership"

    /// Masks a payload; what is no JSON is told by its size alone.
    static func text(of payload: [UInt8]) -> String {
        guard let message = message(of: payload) else { return "no JSON object, \(payload.count) bytes" }
        var bytes: [UInt8] = []
        message.write(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Masks a payload and writes each member on a line of its own, as much as has room.
    static func lines(of payload: [UInt8], charactersMax: Int = 8_000) -> String {
        guard let message = message(of: payload) else { return "no JSON object, \(payload.count) bytes" }
        let text = message.lines
        return text.count > charactersMax ? "\(text.prefix(charactersMax))\n…" : text
    }

    /// A payload with its values masked; nil when it is no JSON object.
    static func document(of payload: [UInt8]) -> JSONValue? { message(of: payload) }

    /// The profile that a message shows, also inside an envelope.
    static func profile(in message: JSONObject) -> JSONObject? {
        isEnvelope(message) ? message["data"]?["profile"]?.object : message
    }

    /// Whether a message is an envelope.
    ///
    /// One without always has identities and standings beside the attributes, which may have any other names; an envelope
    /// never has them.
    private static func isEnvelope(_ message: JSONObject) -> Bool {
        message["identityMap"] == nil && message[shown] == nil && message["specversion"] != nil
    }

    private static func message(of payload: [UInt8]) -> JSONValue? {
        guard case .object(var message) = try? JSONValue(parsing: payload) else { return nil }
        if !isEnvelope(message) {
            message = masked(message)
        } else if case .object(var data) = message["data"], case .object(let profile) = data["profile"] {
            data["profile"] = .object(masked(profile))
            message["data"] = .object(data)
        } else {
            message["data"] = message["data"].map(MaskedMessage.masked)
        }
        return .object(message)
    }

    private static func masked(_ profile: JSONObject) -> JSONObject {
        var masked = JSONObject()
        for (key, value) in profile { masked[key] = key == shown ? value : MaskedMessage.masked(value) }
        return masked
    }

    /// The kind and size of a value.
    static func masked(_ value: JSONValue) -> JSONValue {
        switch value {
        case .null: return .null
        case .bool, .integer, .number, .string: return .string(MaskedValue(isRevealed: false).text(value))
        case .array(let items): return .array(items.map(masked))
        case .object(let members):
            var masked = JSONObject()
            for (key, member) in members { masked[key] = MaskedMessage.masked(member) }
            return .object(masked)
        }
    }
}
