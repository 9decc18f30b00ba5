/// Two identities, by index, that belong to one person.
struct IdentityLink: Hashable, Sendable {
    var first: UInt16
    var second: UInt16

    init(_ one: Int, _ other: Int) {
        first = UInt16(min(one, other))
        second = UInt16(max(one, other))
    }
}
