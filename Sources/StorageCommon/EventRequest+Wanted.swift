import ActivationCore
package import ActivationEngine

extension EventRequest.Item {
    /// Whether events themselves are asked for, and not only which of some there are.
    package var wantsEvents: Bool { extent != .none || !ranges.isEmpty || oldest > 0 }
}
