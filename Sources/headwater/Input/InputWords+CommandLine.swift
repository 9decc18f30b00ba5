import TextFiles

extension InputWords {
    /// What the command line has.
    static let commandLine = InputWords(
        encoding: "--encoding",
        delimiter: "--delimiter",
        gunzip: "unpack it: gunzip -c FILE | headwater ingest - (with --format csv for a CSV)"
    )
}

extension CommandFailure {
    /// A file that cannot be used.
    init(_ failure: InputFailure) {
        self.init(.noInput, failure.message)
    }
}
