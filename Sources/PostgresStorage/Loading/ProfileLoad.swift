#if PostgreSQL
import ActivationCore
import ActivationEngine

/// The statements that load profiles, and what they say.
struct ProfileLoad {
    private let request: LoadRequest
    private let scope: Int32
    private let identities: IdentityColumns

    /// Reads what is loaded outside of batches, again where somebody has changed it in between.
    static let readsMax = 3

    init(_ request: LoadRequest) throws(StorageError) {
        self.request = request
        scope = try request.scope.number
        identities = IdentityColumns(request.identities, in: scope)
    }

    /// Loads.
    ///
    /// - Parameters:
    ///   - isLocking: Whether nobody else may change what is loaded until the transaction ends.
    ///   - run: Runs statements.
    /// - Returns: What there is.
    /// - Throws: `conflict` when somebody went while his lock was waited for, and an identity is somebody's now who is not held;
    ///   `tooLarge`. That an identity was given from one who is there to another shows when the profiles are taken
    ///   (``ActivationCore/DecisionBatch``): they say themselves which they have.
    func run(
        locking isLocking: Bool,
        _ run: ([PostgresCall]) throws(StorageError) -> [PostgresRows]
    ) throws(StorageError) -> LoadedState {
        let statement = isLocking ? PostgresStatements.lockProfiles : PostgresStatements.readProfiles
        let answers = try run([
            PostgresCall(
                statement,
                [.int4(scope)] + identities.parameters + [.uuids(request.profiles.map(\.uuid))]
            ),
            PostgresCall(PostgresStatements.hints, .int4(scope)),
        ])
        guard answers.count == 2 else {
            throw StorageError(.io, "the database did not answer all that it was asked")
        }
        let (found, hints) = (answers[0], answers[1])
        var state = LoadedState(
            identityProfiles: Array(repeating: nil, count: request.identities.count),
            hasSuppressions: try hints.bool(0, 0),
            hasMarks: try hints.bool(0, 1)
        )
        state.profiles.reserveCapacity(found.count)
        var places: [Int64: Int] = [:]
        var bytes = 0
        var long: [Int64] = []
        let bytesMax = request.bytesMax ?? .max
        for index in 0..<found.count {
            if try found.int8(index, 0) != state.profiles.last?.row {
                let profile = try found.profile(index)
                bytes += Int(try found.int4(index, 5))
                if found.isNull(index, 4) {
                    long.append(profile.row)
                    places[profile.row] = state.profiles.count
                }
                state.profiles.append(profile)
            }
            guard try found.int8(index, 6) > 0 else { continue }
            let place = try found.place(index, 6, among: state.identityProfiles.indices)
            state.identityProfiles[place] = state.profiles.count - 1
        }
        if isLocking { try findOwnersAgain(found, &state, run) }
        guard bytes <= bytesMax else {
            throw StorageError(.tooLarge, "the profiles hold more than \(bytesMax) bytes; ask for fewer")
        }
        if !long.isEmpty { try addValues(of: long, at: places, to: &state, run) }
        return state
    }

    /// Asks again whose the identities are where somebody went while locks were waited for: whoever was found may have become another whose
    /// lock was got too.
    private func findOwnersAgain(
        _ found: PostgresRows,
        _ state: inout LoadedState,
        _ run: ([PostgresCall]) throws(StorageError) -> [PostgresRows]
    ) throws(StorageError) {
        guard !request.identities.isEmpty else { return }
        // Where nobody is left, nobody says how many there were.
        if found.count > 0, try found.int8(0, 7) == Int64(found.count) { return }
        let held = Dictionary(state.profiles.enumerated().map { ($1.row, $0) }) { first, _ in first }
        let call = PostgresCall(PostgresStatements.identityOwners, [.int4(scope)] + identities.parameters)
        guard let owners = try run([call]).first else { return }
        state.identityProfiles = Array(repeating: nil, count: request.identities.count)
        for index in 0..<owners.count {
            let place = try owners.place(index, 0, among: state.identityProfiles.indices)
            guard let profile = held[try owners.int8(index, 1)] else {
                throw StorageError(.conflict, "an identity was given to somebody meanwhile; load again")
            }
            state.identityProfiles[place] = profile
        }
    }

    /// Reads the values that did not come with their rows.
    private func addValues(
        of rows: [Int64],
        at places: [Int64: Int],
        to state: inout LoadedState,
        _ run: ([PostgresCall]) throws(StorageError) -> [PostgresRows]
    ) throws(StorageError) {
        let call = PostgresCall(PostgresStatements.longValues, .int4(scope), .int8s(rows))
        guard let found = try run([call]).first, found.count == rows.count else { throw Self.changed }
        for index in 0..<found.count {
            guard let place = places[try found.int8(index, 0)] else { throw Self.changed }
            guard state.profiles[place].revision == (try found.int8(index, 1)) else { throw Self.changed }
            state.profiles[place].value = found.bytes(index, 2)
        }
    }

    private static let changed = StorageError(.conflict, "a profile was changed while it was read; load again")
}

extension PostgresRows {
    /// A stored profile, whose columns are row, id, revision, due and value.
    func profile(_ index: Int) throws(StorageError) -> StoredProfile {
        StoredProfile(
            row: try int8(index, 0),
            id: Profile.ID(uuid: try uuid(index, 1)),
            revision: try tally(index, 2),
            value: bytes(index, 4),
            due: try optionalInt8(index, 3).map { Timestamp(milliseconds: $0) }
        )
    }
}
#endif
