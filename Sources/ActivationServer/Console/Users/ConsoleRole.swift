/// What a user is, and thereby may do; stored by its word.
enum ConsoleRole: String, Sendable, CaseIterable {
    /// May do everything.
    case administrator

    /// What it may do.
    var permissions: Set<ConsolePermission> {
        switch self {
        case .administrator: Set(ConsolePermission.allCases)
        }
    }
}
