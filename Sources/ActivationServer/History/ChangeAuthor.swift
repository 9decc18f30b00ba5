public import ActivationEngine

extension ConfigurationChange.Author {
    /// The server, when nobody asked for what it does.
    static let server = ConfigurationChange.Author(name: "server", way: .server)
    /// Whoever may use the data directory, by a command on it.
    public static let commandLine = ConfigurationChange.Author(name: "command line", way: .server)
}
