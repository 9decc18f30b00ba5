package import ActivationEngine

/// How files of one kind are called: a prefix and a running number of eight digits or more.
package struct NumberedFiles: Sendable {
    private let prefix: String

    /// The files whose names begin so.
    package init(prefix: String) {
        self.prefix = prefix
    }

    /// The files of a commit log.
    static let segments = NumberedFiles(prefix: "commits-")

    /// The name of a file.
    package func name(_ number: UInt64) -> String {
        let digits = String(number)
        return prefix + String(repeating: "0", count: max(8 - digits.utf8.count, 0)) + digits
    }

    /// The files that there are, by number; whatever else stands there is left alone.
    package func all(in volume: any LogVolume) throws(StorageError) -> [(number: UInt64, name: String)] {
        try volume.names().compactMap { name in
            guard name.hasPrefix(prefix), let number = UInt64(name.dropFirst(prefix.count)), number < .max,
                name == self.name(number)
            else { return nil }
            return (number, name)
        }.sorted { $0.0 < $1.0 }
    }
}
