import ActivationServer
import Crypto

/// The data keys in the environment: what takes the place of `data.key`, and the one before it while secrets go over.
struct EnvironmentKeys {
    static let current = "HEADWATER_DATA_KEY"
    static let previous = "HEADWATER_DATA_KEY_PREVIOUS"

    private let dataKey: SymmetricKey?
    private let previousDataKey: SymmetricKey?

    /// Reads them.
    ///
    /// - Throws: `ServerStartError` for what is no key.
    init() throws(ServerStartError) {
        dataKey = try EnvironmentKeys.key(EnvironmentKeys.current)
        previousDataKey = try EnvironmentKeys.key(EnvironmentKeys.previous)
    }

    private static func key(_ name: String) throws(ServerStartError) -> SymmetricKey? {
        guard let text = Environment[name] else { return nil }
        return try ServerKeys.dataKey(hexadecimal: text, named: name)
    }

    /// The keys of a server's directory; those that are missing are made.
    func keys(of directory: String) throws(ServerStartError) -> ServerKeys {
        try ServerKeys(directory: directory, dataKey: dataKey, previousDataKey: previousDataKey)
    }

    /// The keys of a server's directory as they are.
    func existing(in directory: String) throws(ServerStartError) -> ServerKeys {
        try ServerKeys.existing(inDirectory: directory, dataKey: dataKey, previousDataKey: previousDataKey)
    }
}
