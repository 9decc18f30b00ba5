import ArgumentParser

/// The option that names a database elsewhere, for commands that use it as the server does.
struct DatabaseArguments: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The PostgreSQL database of the server, if it has one; one with a password belongs into HEADWATER_DATABASE, since "
                + "everybody on this machine sees command lines.",
            valueName: "url"
        )
    )
    var database: String?

    /// The database's URL; nil = none was named.
    var url: String? { database ?? Environment[DatabaseURL.variable] }

    /// Says it when others can see a password.
    func warnOfPassword() {
        guard database.map(DatabaseURL.holdsPassword) == true else { return }
        Terminal.error(
            "The database's password can be seen in the list of this machine's processes; use \(DatabaseURL.variable) instead."
        )
    }
}
