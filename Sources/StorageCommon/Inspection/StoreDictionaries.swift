package import ActivationCore

/// The numbers that stand in the stored profiles of one scope, and what is wrong with them.
package struct StoreDictionaries {
    /// The numbers of paths.
    package private(set) var paths = PathDictionary()
    /// The numbers of datasets.
    package private(set) var datasets = DatasetDictionary()
    /// Numbers that do not follow the one before, or stand for a name that has another.
    package private(set) var gaps: Int64 = 0

    /// Creates empty dictionaries.
    package init() {}

    /// Enters the path that is stored next.
    package mutating func add(path id: PathID, under parent: PathID, named name: [UInt8]) {
        let isKnown = parent == .root || paths.contains(parent)
        if !isKnown || paths.intern(name, under: parent) != id { gaps += 1 }
    }

    /// Enters the dataset that is stored next.
    package mutating func add(dataset id: UInt16, named name: String) {
        if datasets.intern(name) != id { gaps += 1 }
    }

    /// Notes numbers that cannot be.
    package mutating func addGaps(_ count: Int64) { gaps += count }
}

extension StoreFinding {
    /// What dictionaries are like.
    package static func of(_ dictionaries: some Sequence<StoreDictionaries>, advice: String) -> StoreFinding {
        .of(
            "dictionaries",
            tried: "numbers of paths and datasets",
            wrong: [(dictionaries.reduce(0) { $0 + $1.gaps }, "numbers do not follow the one before")],
            right: "all follow each other",
            advice: advice
        )
    }
}
