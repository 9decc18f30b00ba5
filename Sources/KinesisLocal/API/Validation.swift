/// Collects every constraint that a request breaks, to answer them at once as the service does.
///
/// Data, partition keys and tags are named but never repeated in a message.
struct Validation {
    private var failures: [String] = []

    static let namePattern = "[a-zA-Z0-9_.-]+"
    static let numberPattern = "0|([1-9]\\d{0,128})"
    static let hashKeyPattern = "0|([1-9]\\d{0,38})"
    static let arnPattern = "arn:aws.*:kinesis:.*:\\d{12}:stream/\\S+"

    /// Refuses the request if anything was broken.
    func check() throws(ServiceError) {
        guard !failures.isEmpty else { return }
        let noun = failures.count == 1 ? "error" : "errors"
        throw ServiceError(
            .validation,
            "\(failures.count) validation \(noun) detected: \(failures.joined(separator: "; "))"
        )
    }

    mutating func fail(_ member: String, value: String? = nil, _ constraint: String) {
        let shown = value.map { "Value '\($0)'" } ?? "Value"
        failures.append("\(shown) at '\(member)' failed to satisfy constraint: \(constraint)")
    }

    mutating func require(_ isPresent: Bool, _ member: String) {
        if !isPresent {
            failures.append("Value null at '\(member)' failed to satisfy constraint: Member must not be null")
        }
    }

    mutating func name(_ value: String?, _ member: String) {
        guard let value else { return }
        length(value, 1...128, member)
        let isName = value.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "-"):
                true
            default: false
            }
        }
        if !isName || value.isEmpty { pattern(value, Self.namePattern, member) }
    }

    mutating func decimal(_ value: String?, digitsMax: Int, _ pattern: String, _ member: String) {
        guard let value else { return }
        let digits = value.utf8
        let isNumber = !digits.isEmpty && digits.count <= digitsMax && digits.allSatisfy { $0 &- 48 < 10 }
        if !isNumber || (digits.count > 1 && digits.first == 48) { self.pattern(value, pattern, member) }
    }

    mutating func pattern(_ value: String?, _ pattern: String, _ member: String) {
        fail(member, value: value.map(Self.shortened), "Member must satisfy regular expression pattern: \(pattern)")
    }

    mutating func length(_ value: String?, _ range: ClosedRange<Int>, _ member: String, showsValue: Bool = true) {
        guard let value else { return }
        let shown = showsValue ? Self.shortened(value) : nil
        size(value.unicodeScalars.count, range, member, value: shown)
    }

    mutating func size(_ count: Int, _ range: ClosedRange<Int>, _ member: String, value: String? = nil) {
        if count < range.lowerBound {
            fail(member, value: value, "Member must have length greater than or equal to \(range.lowerBound)")
        }
        if count > range.upperBound {
            fail(member, value: value, "Member must have length less than or equal to \(range.upperBound)")
        }
    }

    mutating func range(_ value: Int64?, _ range: ClosedRange<Int64>, _ member: String) {
        guard let value else { return }
        if value < range.lowerBound {
            fail(member, value: String(value), "Member must have value greater than or equal to \(range.lowerBound)")
        }
        if value > range.upperBound {
            fail(member, value: String(value), "Member must have value less than or equal to \(range.upperBound)")
        }
    }

    mutating func choice(_ value: String?, _ choices: [String], _ member: String) {
        guard let value, !choices.contains(value) else { return }
        let list = choices.joined(separator: ", ")
        fail(member, value: Self.shortened(value), "Member must satisfy enum value set: [\(list)]")
    }

    /// Keeps a message bounded whatever came in.
    private static func shortened(_ value: String) -> String {
        value.utf8.count <= 256 ? value : String(value.prefix(128)) + "..."
    }
}
