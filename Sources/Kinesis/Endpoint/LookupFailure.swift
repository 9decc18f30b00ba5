/// Why a name has no address.
enum LookupFailure: Error, CustomStringConvertible {
    /// What a name server said; passing when it could not say more.
    case refused(String, isPassing: Bool)
    /// Nobody answered for so long.
    case silent(Duration)
    /// Too many names are being looked up.
    case busy
    /// There is such a name, without addresses.
    case noAddress

    /// It says nothing about the name.
    var isPassing: Bool {
        switch self {
        case .refused(_, let isPassing): isPassing
        case .silent, .busy: true
        case .noAddress: false
        }
    }

    var description: String {
        switch self {
        case .refused(let reason, _): reason
        case .silent(let limit): "no answer within \(Self.seconds(limit)) s"
        case .busy: "too many names are being looked up; retry later"
        case .noAddress: "no address"
        }
    }

    private static func seconds(_ limit: Duration) -> String {
        let tenths = max(0, limit / .milliseconds(100))
        return "\((tenths * 10).rounded(.down) / 100)"
    }
}
