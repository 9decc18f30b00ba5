import HTTPTypes
import Hummingbird

/// The headers of everything under `/console`: nothing is loaded from elsewhere, nothing runs that is not a file of ours,
/// nobody frames a page.
enum ConsoleHeaders {
    static let policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
        + "base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"

    private static let fixed: [(name: String, value: String)] = [
        ("content-security-policy", policy),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        // Not no-referrer: browsers would then say of our own forms that they come from nowhere.
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    ]

    /// Adds them.
    static func add(to response: inout Response, isSecure: Bool) {
        for field in fixed {
            if let name = HTTPField.Name(field.name) { response.headers[name] = field.value }
        }
        if isSecure { response.headers[.strictTransportSecurity] = "max-age=31536000" }
        if response.headers[.cacheControl] == nil { response.headers[.cacheControl] = "no-store" }
    }
}
