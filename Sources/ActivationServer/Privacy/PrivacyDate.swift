import ActivationCore

/// Instants as Adobe's Privacy Service writes them.
enum PrivacyDate {
    /// `10/02/2019 08:25 PM GMT`.
    static func text(_ instant: Timestamp) -> String {
        let digits = instant.rfc3339.split { !("0"..."9" ~= $0) }
        guard digits.count >= 5, let hour = Int(digits[3]) else { return instant.rfc3339 }
        let twelve = hour % 12 == 0 ? 12 : hour % 12
        let half = hour < 12 ? "AM" : "PM"
        return "\(digits[1])/\(digits[2])/\(digits[0]) \(twelve < 10 ? "0" : "")\(twelve):\(digits[4]) \(half) GMT"
    }
}
