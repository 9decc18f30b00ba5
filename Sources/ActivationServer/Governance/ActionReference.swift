import ActivationCore

/// Names a marketing action.
struct ActionReference: Sendable, Hashable {
    var kind: MarketingAction.Kind
    var name: String

    init(_ action: MarketingAction) {
        kind = action.kind
        name = action.name
    }

    init(_ kind: MarketingAction.Kind, _ name: String) {
        self.kind = kind
        self.name = name
    }

    /// The path of the actions.
    static let list = "/data/foundation/dulepolicy/marketingActions"

    /// Reads a link to an action, with any server and base before it.
    ///
    /// - Throws: `FIELD_INVALID`.
    init(_ link: String) throws(APIError) {
        let parts = link.split(separator: "/", omittingEmptySubsequences: false).suffix(3).map(String.init)
        guard link.utf8.count <= 2_048, parts.count == 3, parts[0] == "marketingActions",
            let kind = MarketingAction.Kind(rawValue: parts[1]), let name = parts[2].percentDecoded(), !name.isEmpty
        else {
            throw APIError(
                .fieldInvalid,
                "/marketingActionRefs are links such as \(ActionReference.list)/core/exportToThirdParty"
            )
        }
        self.init(kind, name)
    }

    /// The link to it.
    var link: String { "\(ActionReference.list)/\(kind.rawValue)/\(name.percentEncoded())" }
}
