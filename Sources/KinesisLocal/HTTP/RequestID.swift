import Kinesis

/// The ids that the service puts on every answer.
enum RequestID {
    /// A random id in the form of a UUID of version 4.
    static func make() -> String {
        let high = random & 0xFFFF_FFFF_FFFF_0FFF | 0x4000
        let low = random & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
        let digits = hex(high) + hex(low)
        var text = ""
        text.reserveCapacity(36)
        for (index, digit) in digits.enumerated() {
            if index == 8 || index == 12 || index == 16 || index == 20 { text.append("-") }
            text.append(digit)
        }
        return text
    }

    /// The longer id that support asks for; as opaque here as there.
    static func extended() -> String {
        var bytes: [UInt8] = []
        for _ in 0..<6 { withUnsafeBytes(of: random) { bytes.append(contentsOf: $0) } }
        return Base64.encode(bytes)
    }

    private static var random: UInt64 { UInt64.random(in: .min ... .max) }

    private static func hex(_ value: UInt64) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
