import ActivationCore
import Hummingbird

/// What enabling a flow does about changes that made no records while it was disabled (BEHAVIOUR 3.10).
enum ResumeChoice: String, CaseIterable {
    /// One record of the state of now for each profile that would have had any.
    case reconcile
    /// Nothing.
    case skip
    /// A backfill of everything takes their place.
    case backfill

    /// The choice of a request to enable; reconcile when it says nothing.
    ///
    /// - Parameter request: The request.
    /// - Throws: `QUERY_INVALID` for another word.
    init(_ request: Request) throws(APIError) {
        guard let word = try QueryItems(request)["onResume"] else {
            self = .reconcile
            return
        }
        guard let choice = ResumeChoice(rawValue: word) else {
            throw APIError(
                .queryInvalid,
                "onResume is \(ResumeChoice.allCases.map(\.rawValue).joined(separator: ", "))"
            )
        }
        self = choice
    }
}
