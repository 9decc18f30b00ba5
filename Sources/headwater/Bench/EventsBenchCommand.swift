import ActivationEngine
import ArgumentParser
import HeadwaterBench

/// `headwater bench events`: what an event costs by how many its profile has already.
struct EventsBenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "events",
        abstract: "Measures what an event costs by how many its profile has already, for several rules.",
        discussion: """
            Each figure is CPU of the whole process per event, of decision and durable storage; messages are parsed before, \
            and a quarter as many events go before that are not measured. \
            Every fifth event is late. Windows move: as many events leave one as come in. chain-24h has ten events within 24 \
            hours whatever the history, chain-24h-dense has all of them there: a chain is read anew, so it costs what its \
            window holds. The ratio is to the history of 10, or the shortest. Stores are made in a temporary directory.
            """
    )

    @Option(help: "Numbers of stored events a profile, with commas between.")
    var history = "1,10,100,1000,4000"

    @Option(
        help: ArgumentHelp(
            "What audiences ask, with commas between: \(EventSet.allCases.map(\.rawValue).joined(separator: ", "))."
        )
    )
    var sets = EventSet.allCases.map(\.rawValue).joined(separator: ",")

    @Option(help: "Audiences there are; those beside the measured one ask for events that nobody sends.")
    var audiences = 1

    @Option(
        help:
            "Profiles of the longest history, and events of a batch; of shorter histories there are up to 40 times more."
    )
    var profiles = 100

    @Option(help: "Events of one figure, at most.")
    var events = 8_000

    @Option(help: "Seconds of one figure, at most.")
    var seconds = 5.0

    @Option(help: "The seed of the events.")
    var seed: UInt64 = 1

    @Option(help: "How commits become durable: by a log before the database (log), or by the database itself (sqlite).")
    var storage = StorageChoice.log

    @Flag(help: "Prints the result as one JSON object.")
    var json = false

    func validate() throws { _ = try options }

    func run() async throws {
        let bench = EventsBench(
            try options,
            makeDirectory: { try TemporaryDirectory(prefix: "headwater-bench") },
            show: ProgressBar.open
        )
        do {
            try await bench.run().print(asJSON: json)
        } catch let error as BenchError {
            throw CommandFailure(error)
        } catch let error as StorageError {
            throw CommandFailure(error)
        }
    }

    private static let historyMax = 4_500

    /// What is measured.
    ///
    /// - Throws: What is wrong with the arguments.
    var options: EventsBench.Options {
        get throws {
            let histories = history.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
            let chosen = sets.split(separator: ",", omittingEmptySubsequences: false).map {
                EventSet(rawValue: "\($0)")
            }
            guard histories.allSatisfy({ (1...Self.historyMax).contains($0 ?? 0) }) else {
                throw ValidationError("--history is numbers from 1 to \(Self.historyMax) with commas between.")
            }
            guard chosen.allSatisfy({ $0 != nil }) else {
                let names = EventSet.allCases.map(\.rawValue).joined(separator: ", ")
                throw ValidationError("--sets is some of \(names), with commas between.")
            }
            guard (1...4_000).contains(profiles), (1...1_000_000).contains(events), seconds > 0, seconds.isFinite,
                (1...10_000).contains(audiences)
            else {
                throw ValidationError(
                    "--profiles is 1 to 4000, --events 1 to 1000000, --audiences 1 to 10000, --seconds above 0."
                )
            }
            var options = EventsBench.Options(
                histories: Set(histories.compactMap { $0 }).sorted(),
                sets: EventSet.allCases.filter(chosen.contains),
                audiences: audiences,
                profiles: profiles,
                events: events,
                seconds: seconds,
                seed: seed
            )
            options.isLogged = storage == .log
            return options
        }
    }
}
