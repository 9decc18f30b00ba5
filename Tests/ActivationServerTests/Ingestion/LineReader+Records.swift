import ActivationCore

@testable import ActivationServer

extension LineReader {
    /// A reader of profile records.
    static func records() -> LineReader {
        LineReader(
            kind: .records,
            dataset: "default",
            namespaces: NamespaceDirectory(),
            now: { Timestamp(milliseconds: 0) }
        )
    }
}
