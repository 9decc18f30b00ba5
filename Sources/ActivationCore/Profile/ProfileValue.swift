/// The stored form of a profile, version 6: little-endian, fixed-width tables, then all texts and values.
///
///     version u8, event ages u8, identities u16, links u32, memberships u32, timers u32, leaves u32, entries u32,
///     events u32, createdAt i64, createdSequence i64, updatedAt i64, leaf set u64, parts u8
///     identities:  namespace length u8, value length u16, addedAt i64, sequence i64
///     links:       first u16, second u16
///     memberships: audience 16 bytes, status u8, lastQualificationTime i64
///     timers:      audience 16 bytes, due i64
///     leaves:      number u64, length u32
///     event ages:  dataset u16, oldest i64
///     standings:   of each identity memberships u32, timers u32, then these as above; if parts have bit 0
///     externals:   count u32, then audience 16 bytes, source u16, edition i64, statedAt i64, sequence i64, validUntil i64 (the
///                  largest number: none), payload length u32; if parts have bit 1
///     trail:       length u16, then the last changes (``ChangeTrail``); if parts have bit 2
///     entries:     path u32, dataset u16, source u16, writtenAt i64, sequence i64, kind u8, length u24
///     texts of the identities, states of the leaves, payloads of the externals, values of the entries, each in table order
///
/// Versions 1 to 5 are read too and become version 6 with the profile's next change. Versions 3, 4 and 5 had no byte that
/// names the parts: the third had none of them, the fourth standings, the fifth externals too. The first two had no timers,
/// leaves or event ages: their events are of no known dataset. Version 1 had u16 for links and memberships, no createdSequence and no
/// sequence of identities, and the profile's revision (u32) where an entry has its sequence.
enum ProfileValue {
    /// The highest version that is read.
    static let version: UInt8 = 6

    private static let headerBytes = 61
    private static let identityBytes = 19
    private static let linkBytes = 4
    private static let membershipBytes = 25
    private static let timerBytes = 24
    private static let leafBytes = 12
    private static let eventAgeBytes = 10
    private static let standingBytes = 8
    private static let externalBytes = 54
    private static let entryBytes = 28
    private static let firstVersionIdentityBytes = 11
    private static let firstVersionEntryBytes = 24

    /// The tables that not every profile has.
    private struct Parts: OptionSet {
        let rawValue: UInt8

        static let standings = Parts(rawValue: 1)
        static let externals = Parts(rawValue: 2)
        static let trail = Parts(rawValue: 4)
        static let all: Parts = [.standings, .externals, .trail]

        init(rawValue: UInt8) {
            self.rawValue = rawValue
        }

        init(of state: ProfileState, hasStandings: Bool) {
            self = []
            if hasStandings { insert(.standings) }
            if !state.externals.isEmpty { insert(.externals) }
            if !state.trail.bytes.isEmpty { insert(.trail) }
        }

        /// Those of an earlier version.
        init(version: UInt8) {
            self = version >= 5 ? [.standings, .externals] : version == 4 ? .standings : []
        }
    }

    /// What an unpacked profile has room for beside what it holds, so that a usual change moves nothing.
    private enum Room {
        static let memberships = 4
        static let trail = 96
        static let values = 256
    }

    /// Most identities a profile can be packed with.
    static let identitiesMax = Int(UInt16.max)

    /// At most so many bytes does a profile take when packed; values that nobody needs any more are counted too, what is
    /// kept of events and of its last changes is not, since it can go.
    @inline(__always)
    static func sizeBound(of state: ProfileState) -> Int {
        headerBytes + state.identities.count * identityBytes + textBytes(of: state) + state.links.count * linkBytes
            + state.memberships.count * membershipBytes + state.timers.count * timerBytes
            + state.eventAges.count * eventAgeBytes + standingBytes(of: state) + externalBytes(of: state)
            + state.entries.count * entryBytes + state.bytes.count
    }

    /// So many bytes takes what others stated of external audiences.
    @inline(__always)
    static func externalBytes(of state: ProfileState) -> Int {
        guard !state.externals.isEmpty else { return 0 }
        return state.externals.reduce(MemoryLayout<UInt32>.size) { $0 + externalBytes + $1.payload.count }
    }

    /// So many bytes take the standings of single identities.
    @inline(__always)
    private static func standingBytes(of state: ProfileState) -> Int {
        guard hasStandings(state) else { return 0 }
        return state.identities.reduce(0) {
            $0 + standingBytes + $1.memberships.count * membershipBytes + $1.timers.count * timerBytes
        }
    }

    /// Whether standings of single identities are written.
    @inline(__always)
    private static func hasStandings(_ state: ProfileState) -> Bool { state.hasStandings || !state.externals.isEmpty }

    /// So many bytes at most does a profile take beside its first statement of an external audience.
    static func externalOverhead(identities: Int) -> Int { MemoryLayout<UInt32>.size + identities * standingBytes }

    /// By so many bytes at most does a profile grow through a message.
    static func sizeBound(
        of fragment: ProfileFragment?,
        statements: [ExternalStatement] = [],
        identities: [Identity]
    ) -> Int {
        let leaves = fragment?.leaves.reduce(0) { $0 + entryBytes + Int($1.length) } ?? 0
        let facts = statements.reduce(leaves) { $0 + externalBytes + $1.payload.count }
        return identities.reduce(facts) {
            $0 + identityBytes + linkBytes + $1.namespace.utf8.count + $1.value.utf8.count
        }
    }

    /// Packs a profile; values nobody needs any more are left out.
    static func encode(_ state: ProfileState) -> [UInt8] {
        let values = state.entries.reduce(0) { $0 + Int($1.length) }
        let count =
            headerBytes + state.identities.count * identityBytes + state.links.count * linkBytes
            + state.memberships.count * membershipBytes + state.timers.count * timerBytes + leafBytes(of: state)
            + state.eventAges.count * eventAgeBytes + standingBytes(of: state) + externalBytes(of: state)
            + trailBytes(of: state) + state.entries.count * entryBytes + textBytes(of: state) + values
        return [UInt8](unsafeUninitializedCapacity: count) { buffer, written in
            var writer = ByteWriter(UnsafeMutableRawBufferPointer(buffer))
            writeTables(of: state, to: &writer)
            for member in state.identities {
                writer.write(bytesOf: member.identity.namespace)
                writer.write(bytesOf: member.identity.value)
            }
            for leaf in state.leaves { leaf.state.withUnsafeBytes { writer.write($0) } }
            for external in state.externals { external.payload.withUnsafeBytes { writer.write($0) } }
            writeValues(of: state, to: &writer)
            written = writer.position
        }
    }

    /// Writes the values in the order of their entries; those that stand so already in one piece.
    private static func writeValues(of state: ProfileState, to writer: inout ByteWriter) {
        state.bytes.withUnsafeBytes { bytes in
            var run = 0..<0
            for entry in state.entries {
                let (start, end) = (Int(entry.start), Int(entry.start) + Int(entry.length))
                precondition(end <= bytes.count, "an entry points past the profile's values")
                if start != run.upperBound {
                    writer.write(UnsafeRawBufferPointer(rebasing: bytes[run]))
                    run = start..<end
                } else {
                    run = run.lowerBound..<end
                }
            }
            writer.write(UnsafeRawBufferPointer(rebasing: bytes[run]))
        }
    }

    /// So many bytes takes what is kept of the events.
    static func leafBytes(of state: ProfileState) -> Int {
        state.leaves.reduce(0) { $0 + leafBytes + $1.state.count }
    }

    /// So many bytes take the last changes.
    static func trailBytes(of state: ProfileState) -> Int {
        state.trail.bytes.isEmpty ? 0 : MemoryLayout<UInt16>.size + state.trail.bytes.count
    }

    @inline(__always)
    private static func textBytes(of state: ProfileState) -> Int {
        state.identities.reduce(0) { $0 + $1.identity.namespace.utf8.count + $1.identity.value.utf8.count }
    }

    private static func writeTables(of state: ProfileState, to writer: inout ByteWriter) {
        let hasStandings = hasStandings(state)
        writer.write(version)
        writer.write(UInt8(state.eventAges.count))
        writer.write(UInt16(state.identities.count))
        writer.write(UInt32(state.links.count))
        writer.write(UInt32(state.memberships.count))
        writer.write(UInt32(state.timers.count))
        writer.write(UInt32(state.leaves.count))
        writer.write(UInt32(state.entries.count))
        writer.write(UInt32(state.eventCount))
        writer.write(state.createdAt.milliseconds)
        writer.write(state.createdSequence.rawValue)
        writer.write(state.updatedAt.milliseconds)
        writer.write(state.leafSet)
        writer.write(Parts(of: state, hasStandings: hasStandings).rawValue)
        for member in state.identities {
            writer.write(UInt8(member.identity.namespace.utf8.count))
            writer.write(UInt16(member.identity.value.utf8.count))
            writer.write(member.addedAt.milliseconds)
            writer.write(member.sequence.rawValue)
        }
        for link in state.links {
            writer.write(link.first)
            writer.write(link.second)
        }
        write(state.memberships, to: &writer)
        write(state.timers, to: &writer)
        for leaf in state.leaves {
            writer.write(leaf.leaf)
            writer.write(UInt32(leaf.state.count))
        }
        for age in state.eventAges {
            writer.write(age.dataset)
            writer.write(age.oldest.milliseconds)
        }
        for member in state.identities where hasStandings {
            writer.write(UInt32(member.memberships.count))
            writer.write(UInt32(member.timers.count))
            write(member.memberships, to: &writer)
            write(member.timers, to: &writer)
        }
        writeExternals(of: state, to: &writer)
        writeTrail(of: state, to: &writer)
        for entry in state.entries {
            writer.write(entry.path.rawValue)
            writer.write(entry.dataset)
            writer.write(entry.source)
            writer.write(entry.writtenAt.milliseconds)
            writer.write(entry.sequence.rawValue)
            writer.write(UInt32(entry.kind.rawValue) | entry.length << 8)
        }
    }

    private static func writeExternals(of state: ProfileState, to writer: inout ByteWriter) {
        guard !state.externals.isEmpty else { return }
        writer.write(UInt32(state.externals.count))
        for external in state.externals {
            writer.write(external.audience.uuid.high)
            writer.write(external.audience.uuid.low)
            writer.write(external.source)
            writer.write(external.edition)
            writer.write(external.statedAt.milliseconds)
            writer.write(external.sequence.rawValue)
            writer.write(external.validUntil?.milliseconds ?? .max)
            writer.write(UInt32(external.payload.count))
        }
    }

    private static func writeTrail(of state: ProfileState, to writer: inout ByteWriter) {
        guard !state.trail.bytes.isEmpty else { return }
        writer.write(UInt16(state.trail.bytes.count))
        state.trail.bytes.withUnsafeBytes { writer.write($0) }
    }

    private static func write(_ memberships: [SegmentMembership], to writer: inout ByteWriter) {
        for membership in memberships {
            writer.write(membership.audience.uuid.high)
            writer.write(membership.audience.uuid.low)
            writer.write(membership.status.rawValue)
            writer.write(membership.lastQualificationTime.milliseconds)
        }
    }

    private static func write(_ timers: [AudienceTimer], to writer: inout ByteWriter) {
        for timer in timers {
            writer.write(timer.audience.uuid.high)
            writer.write(timer.audience.uuid.low)
            writer.write(timer.due.milliseconds)
        }
    }

    /// Unpacks a stored profile, checking every length, number and order.
    ///
    /// - Throws: `unknownNumber` when it names a path or a dataset that the dictionaries do not know, so that they may be
    ///   older than the profile; `damaged` when it cannot be what was packed.
    static func decode(
        _ stored: StoredProfile,
        paths: PathDictionary,
        datasets: DatasetDictionary
    ) throws(ProfileValueError) -> ProfileState {
        try stored.value.withUnsafeBufferPointer { (value) throws(ProfileValueError) in
            try decode(stored, from: ByteReader(UnsafeRawBufferPointer(value)), paths: paths, datasets: datasets)
        }
    }

    private static func decode(
        _ stored: StoredProfile,
        from start: ByteReader,
        paths: PathDictionary,
        datasets: DatasetDictionary
    ) throws(ProfileValueError) -> ProfileState {
        var reader = start
        let found: UInt8 = try reader.read()
        guard 1...version ~= found else {
            throw .damaged("profile format \(found) is unknown; this version reads 1 to \(version)")
        }
        let isFirst = found == 1
        let ageCount = Int(try reader.read() as UInt8)
        let identityCount = Int(try reader.read() as UInt16)
        let linkCount = isFirst ? Int(try reader.read() as UInt16) : Int(try reader.read() as UInt32)
        let membershipCount = isFirst ? Int(try reader.read() as UInt16) : Int(try reader.read() as UInt32)
        let timerCount = found < 3 ? 0 : Int(try reader.read() as UInt32)
        let leafCount = found < 3 ? 0 : Int(try reader.read() as UInt32)
        let entryCount = Int(try reader.read() as UInt32)
        let eventCount = Int(try reader.read() as UInt32)
        let createdAt = try reader.readInstant()
        let sequence = isFirst ? .zero : try reader.readSequence()
        var state = ProfileState(id: stored.id, createdAt: createdAt, sequence: sequence)
        state.revision = stored.revision
        state.eventCount = eventCount
        state.updatedAt = try reader.readInstant()
        if found >= 3 { state.leafSet = try reader.read() }
        let parts = found < 6 ? Parts(version: found) : Parts(rawValue: try reader.read())
        guard parts.isSubset(of: .all) else { throw .damaged("the profile has parts of no known kind") }
        try reader.expect(
            identityCount * (isFirst ? firstVersionIdentityBytes : identityBytes) + linkCount * linkBytes
                + membershipCount * membershipBytes + timerCount * timerBytes + leafCount * leafBytes
                + (found < 3 ? 0 : ageCount * eventAgeBytes)
                + entryCount * (isFirst ? firstVersionEntryBytes : entryBytes)
        )
        // They are read with their texts, which come after all tables.
        var identities = reader
        try reader.skip(identityCount * (isFirst ? firstVersionIdentityBytes : identityBytes))
        try readLinks(&state, count: linkCount, identities: identityCount, from: &reader)
        state.memberships = try readMemberships(membershipCount, room: Room.memberships, from: &reader)
        state.timers = try readTimers(timerCount, from: &reader)
        let leafLengths = try readLeaves(&state, count: leafCount, from: &reader)
        if found < 3 {
            if eventCount > 0 { state.eventAges = [EventAge(dataset: 0, oldest: .earliest)] }
        } else {
            try readEventAges(&state, count: ageCount, datasets, from: &reader)
        }
        let standings =
            parts.contains(.standings) ? try readStandings(ofIdentities: identityCount, from: &reader) : []
        let payloadLengths =
            parts.contains(.externals) ? try readExternals(&state, identities: identityCount, from: &reader) : []
        if parts.contains(.trail) {
            let length: UInt16 = try reader.read()
            state.trail = try ChangeTrail(stored: try reader.readBytes(Int(length), room: Room.trail))
        }
        state.entries = try readEntries(entryCount, isFirst: isFirst, from: &reader)
        try check(state.entries, identities: identityCount, paths: paths, datasets: datasets)
        state.identities.reserveCapacity(identityCount)
        for _ in 0..<identityCount {
            let namespace = Int(try identities.read() as UInt8)
            let value = Int(try identities.read() as UInt16)
            let addedAt = try identities.readInstant()
            let sequence = isFirst ? .zero : try identities.readSequence()
            let identity = Identity(namespace: try reader.readText(namespace), value: try reader.readText(value))
            state.identities.append(ProfileState.Member(identity: identity, addedAt: addedAt, sequence: sequence))
        }
        for (index, standing) in standings.enumerated() {
            (state.identities[index].memberships, state.identities[index].timers) = standing
        }
        for (index, length) in leafLengths.enumerated() { state.leaves[index].state = try reader.readBytes(length) }
        for (index, length) in payloadLengths.enumerated() {
            state.externals[index].payload = try reader.readBytes(length)
        }
        let needed = state.entries.last.map { Int($0.start) + Int($0.length) } ?? 0
        guard reader.rest == needed else { throw .damaged("\(reader.rest) value bytes, expected \(needed)") }
        state.bytes = try reader.readBytes(needed, room: Room.values)
        if !datasets.ended.isEmpty {
            state.entries.removeAll { datasets.isHidden($0.dataset) }
            state.eventAges.removeAll { datasets.isHidden($0.dataset) }
        }
        return state
    }

    private static func readLinks(
        _ state: inout ProfileState,
        count: Int,
        identities: Int,
        from reader: inout ByteReader
    ) throws(ProfileValueError) {
        state.links.reserveCapacity(count)
        for _ in 0..<count {
            let first: UInt16 = try reader.read()
            let second: UInt16 = try reader.read()
            guard first < second, second < identities else {
                throw .damaged("a link joins identities \(first) and \(second) of \(identities)")
            }
            state.links.append(IdentityLink(Int(first), Int(second)))
        }
    }

    private static func readStandings(
        ofIdentities count: Int,
        from reader: inout ByteReader
    ) throws(ProfileValueError) -> [([SegmentMembership], [AudienceTimer])] {
        var standings: [([SegmentMembership], [AudienceTimer])] = []
        for _ in 0..<count {
            let memberships = Int(try reader.read() as UInt32)
            let timers = Int(try reader.read() as UInt32)
            try reader.expect(memberships * membershipBytes + timers * timerBytes)
            standings.append(
                (try readMemberships(memberships, from: &reader), try readTimers(timers, from: &reader))
            )
        }
        return standings
    }

    private static func readMemberships(
        _ count: Int,
        room: Int = 0,
        from reader: inout ByteReader
    ) throws(ProfileValueError) -> [SegmentMembership] {
        var memberships: [SegmentMembership] = []
        memberships.reserveCapacity(count + room)
        for _ in 0..<count {
            let high: UInt64 = try reader.read()
            let low: UInt64 = try reader.read()
            let code: UInt8 = try reader.read()
            guard let status = MembershipStatus(rawValue: code) else {
                throw .damaged("unknown membership status \(code)")
            }
            let audience = Audience.ID(uuid: UUIDBytes(high: high, low: low))
            if let last = memberships.last, last.audience.uuid >= audience.uuid {
                throw .damaged("memberships are not in order")
            }
            memberships.append(
                SegmentMembership(
                    audience: audience,
                    status: status,
                    lastQualificationTime: try reader.readInstant()
                )
            )
        }
        return memberships
    }

    private static func readTimers(
        _ count: Int,
        from reader: inout ByteReader
    ) throws(ProfileValueError) -> [AudienceTimer] {
        var timers: [AudienceTimer] = []
        timers.reserveCapacity(count)
        for _ in 0..<count {
            let high: UInt64 = try reader.read()
            let low: UInt64 = try reader.read()
            let audience = Audience.ID(uuid: UUIDBytes(high: high, low: low))
            if let last = timers.last, last.audience.uuid >= audience.uuid {
                throw .damaged("timers are not in order")
            }
            timers.append(AudienceTimer(audience: audience, due: try reader.readInstant()))
        }
        return timers
    }

    /// Reads the leaves' numbers.
    ///
    /// - Returns: The lengths of their states.
    private static func readLeaves(
        _ state: inout ProfileState,
        count: Int,
        from reader: inout ByteReader
    ) throws(ProfileValueError) -> [Int] {
        state.leaves.reserveCapacity(count)
        var lengths: [Int] = []
        for _ in 0..<count {
            let number: UInt64 = try reader.read()
            if let last = state.leaves.last, last.leaf >= number { throw .damaged("leaves are not in order") }
            lengths.append(Int(try reader.read() as UInt32))
            state.leaves.append(StoredLeaf(leaf: number, state: []))
        }
        return lengths
    }

    /// Reads what others stated of external audiences.
    ///
    /// - Returns: The lengths of the payloads.
    private static func readExternals(
        _ state: inout ProfileState,
        identities: Int,
        from reader: inout ByteReader
    ) throws(ProfileValueError) -> [Int] {
        let count = Int(try reader.read() as UInt32)
        try reader.expect(count * externalBytes)
        var lengths: [Int] = []
        for _ in 0..<count {
            let high: UInt64 = try reader.read()
            let low: UInt64 = try reader.read()
            let source: UInt16 = try reader.read()
            guard source < identities else { throw .damaged("a statement names an identity that is not there") }
            var external = ExternalMembership(
                audience: Audience.ID(uuid: UUIDBytes(high: high, low: low)),
                source: source,
                edition: try reader.read(),
                statedAt: try reader.readInstant(),
                sequence: try reader.readSequence()
            )
            let end = Timestamp(milliseconds: try reader.read())
            guard end.isPlausible || end.milliseconds == .max else {
                throw .damaged("an instant is in no year that has four digits")
            }
            external.validUntil = end.isPlausible ? end : nil
            if let last = state.externals.last, !last.isBefore(external) {
                throw .damaged("statements of audiences are not in order")
            }
            lengths.append(Int(try reader.read() as UInt32))
            state.externals.append(external)
        }
        return lengths
    }

    private static func readEventAges(
        _ state: inout ProfileState,
        count: Int,
        _ datasets: DatasetDictionary,
        from reader: inout ByteReader
    ) throws(ProfileValueError) {
        for _ in 0..<count {
            let dataset: UInt16 = try reader.read()
            if let last = state.eventAges.last, last.dataset >= dataset {
                throw .damaged("event ages are not in order")
            }
            guard dataset == 0 || datasets.contains(dataset) else {
                throw .unknownNumber("dataset \(dataset) of \(datasets.count) known ones")
            }
            state.eventAges.append(EventAge(dataset: dataset, oldest: try reader.readInstant()))
        }
    }

    private static func readEntries(
        _ count: Int,
        isFirst: Bool,
        from reader: inout ByteReader
    ) throws(ProfileValueError) -> [AttributeEntry] {
        var entries: [AttributeEntry] = []
        entries.reserveCapacity(count)
        var start: UInt32 = 0
        for _ in 0..<count {
            let path: UInt32 = try reader.read()
            let dataset: UInt16 = try reader.read()
            let source: UInt16 = try reader.read()
            let writtenAt = try reader.readInstant()
            let sequence: AdmissionSequence =
                isFirst
                ? AdmissionSequence(earlierRevision: try reader.read())
                : try reader.readSequence()
            let packed: UInt32 = try reader.read()
            guard let kind = JSONKind(rawValue: UInt8(packed & 0xFF)) else {
                throw .damaged("unknown value kind \(packed & 0xFF)")
            }
            let (next, overflows) = start.addingReportingOverflow(packed >> 8)
            guard !overflows else { throw .damaged("values are longer than a profile can be") }
            entries.append(
                AttributeEntry(
                    path: PathID(rawValue: path),
                    dataset: dataset,
                    source: source,
                    writtenAt: writtenAt,
                    sequence: sequence,
                    kind: kind,
                    start: start,
                    length: packed >> 8
                )
            )
            start = next
        }
        return entries
    }

    private static func check(
        _ entries: [AttributeEntry],
        identities: Int,
        paths: PathDictionary,
        datasets: DatasetDictionary
    ) throws(ProfileValueError) {
        for index in entries.indices {
            let entry = entries[index]
            guard entry.source < identities else { throw .damaged("an entry names an identity that is not there") }
            guard index == 0 || entries[index - 1].isBefore(entry) else { throw .damaged("entries are not in order") }
            guard paths.contains(entry.path) else {
                throw .unknownNumber("path \(entry.path.rawValue) of \(paths.count) known ones")
            }
            guard datasets.contains(entry.dataset) else {
                throw .unknownNumber("dataset \(entry.dataset) of \(datasets.count) known ones")
            }
        }
    }
}
