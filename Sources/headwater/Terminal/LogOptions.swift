import ArgumentParser
import Logging

/// How loud a long-running command is; its log goes to standard error.
struct LogOptions: ParsableArguments {
    @Option(help: "The least that is logged: trace, debug, info, notice, warning or error.")
    var logLevel: LogLevel = .info

    /// A level's name on the command line.
    enum LogLevel: String, ExpressibleByArgument, CaseIterable {
        case trace, debug, info, notice, warning, error
    }

    /// Sends the whole program's log to standard error; once per process.
    func bootstrap() {
        let level = Logger.Level(rawValue: logLevel.rawValue) ?? .info
        LoggingSystem.bootstrap { label in
            var handler = StreamLogHandler.standardError(label: label)
            handler.logLevel = level
            return handler
        }
    }
}
