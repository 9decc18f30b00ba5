import ActivationCore

/// Evaluates a question's expression on stored profiles.
struct ProfileAsker {
    /// Profiles whose events are read together, and the bytes that may take; a profile alone may take any.
    private static let eventProfiles = 32
    private static let eventBytesMax = 32 << 20

    private let program: PQLProgram
    private let policy: MergePolicy
    private let paths: PathDictionary
    private let datasets: DatasetDictionary
    private let namespaces: NamespaceDirectory
    private let externalNamespaces: [Audience.ID: String]
    private let now: Timestamp

    /// Makes a question ready for profiles that these dictionaries number.
    ///
    /// - Throws: `invalidCatalog` when the expression or the policy cannot be used.
    init(
        _ question: ProfileQuestion,
        definition: CatalogDefinition,
        externalNamespaces: [Audience.ID: String],
        paths: PathDictionary,
        datasets: DatasetDictionary,
        now: Timestamp
    ) throws(EngineError) {
        let policy = definition.mergePolicies.first { question.mergePolicy == nil || $0.id == question.mergePolicy }
        guard let policy else { throw EngineError(.invalidCatalog, "the merge policy does not exist") }
        var paths = paths
        do throws(PQLError) {
            program = try PQLProgram(
                compiling: question.expression,
                paths: &paths,
                clock: .read,
                zone: definition.timeZone
            ) { text in
                definition.audience(named: text)
            }
        } catch {
            throw EngineError(.invalidCatalog, "the expression cannot be used: \(error)")
        }
        self.policy = policy
        self.paths = paths
        self.datasets = datasets
        namespaces = definition.namespaces
        self.externalNamespaces = externalNamespaces
        self.now = now
    }

    /// Looks at profiles until all are done or the task is cancelled.
    ///
    /// - Throws: `outdated` when a profile has a number that the dictionaries lack, or the storage's error.
    func ask(_ profiles: [StoredProfile], events storage: any Storage) async throws(StorageError) -> ProfileMatches {
        var outcome = ProfileMatches(lastRow: nil, read: 0, matches: [])
        var rest = profiles[...]
        while !rest.isEmpty, !Task.isCancelled {
            let group = rest.prefix(program.readsEvents ? ProfileAsker.eventProfiles : rest.count)
            rest = rest.dropFirst(group.count)
            let events = program.readsEvents ? try await Self.events(of: group, storage) : []
            for (index, profile) in group.enumerated() where !Task.isCancelled {
                let inputs: [EvaluationInput]
                do throws(ProfileValueError) {
                    inputs = try EvaluationInput.inputs(
                        profile,
                        policy: policy,
                        paths: paths,
                        datasets: datasets,
                        events: events.isEmpty ? [] : events[index],
                        namespaces: namespaces,
                        now: now,
                        standing: externalNamespaces
                    )
                } catch {
                    throw StorageError(error)
                }
                for input in inputs where program.qualifies(input, paths: paths) {
                    outcome.matches.append(ProfileMatches.Match(id: profile.id, identities: input.identities))
                }
                outcome.read += 1
                outcome.lastRow = profile.row
                // An expression may take long, and others want the thread.
                await Task.yield()
            }
        }
        return outcome
    }

    private static func events(
        of profiles: ArraySlice<StoredProfile>,
        _ storage: any Storage
    ) async throws(StorageError) -> [[ProfileEvent]] {
        do throws(StorageError) {
            return try await events(of: profiles, storage, bytesMax: ProfileAsker.eventBytesMax)
        } catch {
            guard error.code == .tooLarge else { throw error }
        }
        var all: [[ProfileEvent]] = []
        for profile in profiles { all += try await events(of: [profile], storage, bytesMax: nil) }
        return all
    }

    /// All events of profiles, oldest first.
    static func events(
        of profiles: ArraySlice<StoredProfile>,
        _ storage: any Storage,
        bytesMax: Int?
    ) async throws(StorageError) -> [[ProfileEvent]] {
        var wanted = EventRequest()
        wanted.items = profiles.map { EventRequest.Item(row: $0.row, extent: .whole) }
        wanted.bytesMax = bytesMax
        let answers = try await storage.loadEvents(wanted)
        guard answers.count == profiles.count else {
            throw StorageError(.corrupt, "\(answers.count) of \(profiles.count) profiles' events were loaded")
        }
        var events: [[ProfileEvent]] = []
        for answer in answers { events.append(try Prefetch.parse(answer.events ?? [])) }
        return events
    }
}
