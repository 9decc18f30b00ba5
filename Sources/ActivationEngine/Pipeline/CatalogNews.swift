import ActivationCore
import Synchronization

/// The catalog that decides, as the pipeline that takes changes tells it to those that work beside it.
final class CatalogNews: Sendable {
    /// A catalog that was told of.
    struct Item: Sendable {
        /// Which one it is; the first is 1.
        var number: Int
        var catalog: VersionedCatalog
    }

    private let newest = Mutex<Item?>(nil)

    /// Tells of a catalog by which decisions are made from now on.
    func tell(_ catalog: VersionedCatalog) {
        newest.withLock { $0 = Item(number: ($0?.number ?? 0) + 1, catalog: catalog) }
    }

    /// The newest catalog, unless it is the one with this number.
    func item(after number: Int) -> Item? {
        newest.withLock { item in item.flatMap { $0.number > number ? $0 : nil } }
    }
}
