import ActivationCore
import ActivationEngine

/// A file of members on its way into an external audience (BEHAVIOUR 5.7).
struct Upload: Sendable, Equatable {
    /// How far it has come.
    enum State: String, Sendable, CaseIterable {
        /// Its bytes come.
        case receiving
        /// It is read once, to see whether it can be taken.
        case checking
        /// Its rows become members.
        case entering
        /// All rows are settled, and nobody else is a member.
        case succeeded
        /// It cannot be taken.
        case failed
    }

    /// How the file is read.
    struct Reading: Sendable, Equatable {
        /// The column that tells who a member is.
        var identityColumn: String
        /// The namespace of what it holds.
        var namespace: String
        /// The encoding; nil = what its byte order mark says, else UTF-8.
        var encoding: String?
        /// What stands between cells; nil = what the header has.
        var delimiter: String?
    }

    /// What became of rows.
    struct Rows: Sendable, Equatable {
        /// Those that name a member.
        var accepted: Int64 = 0
        /// Those that cannot be taken.
        var refused: Int64 = 0
        /// Those with nothing in them.
        var empty: Int64 = 0

        /// All of them.
        var count: Int64 { accepted + refused + empty }
    }

    /// Where reading stands.
    struct Place: Sendable, Equatable {
        /// Bytes of the file before it.
        var offset: Int64 = 0
        /// Lines before it.
        var line: Int64 = 0
        /// Bytes of the list of refused rows that are about what is before it.
        var refusalBytes: Int64 = 0
    }

    /// The id.
    var id: String
    /// The audience; nil = nobody has said yet, so it cannot be started.
    var audience: Audience.ID?
    /// Who uploads.
    var author: ConfigurationChange.Author
    /// What its sender calls the file; nil = nothing.
    var fileName: String?
    /// What its sender knows it by when going on; nil = nothing.
    var stamp: String?
    /// How many bytes its sender says it has; nil = not said.
    var size: Int64?
    /// When it began.
    var createdAt: Timestamp
    /// When it last changed its state or got bytes.
    var updatedAt: Timestamp
    /// How far it has come.
    var state = State.receiving
    /// Bytes that are durable.
    var received: Int64 = 0
    /// How it is read; nil while nobody has said.
    var reading: Reading?
    /// Its number in its audience; nil until its rows become members.
    var edition: Int64?
    /// When those who were members before it would have exited, in milliseconds; nil = there were none.
    var expireTimeBefore: Int64?
    /// The moment from which its rows become members; nil until then.
    var beginning: Beginning?
    /// What the check found.
    var found = Rows()
    /// What became of the rows so far.
    var rows = Rows()
    /// Profiles that its rows made, the others were known; nil until all rows are settled.
    var newProfiles: Int64?
    /// Where reading stands.
    var place = Place()
    /// Why it failed, or why it does not get on.
    var trouble: String?

    /// Bytes of the list of refused rows, at most; the rest of them is counted alone.
    static let refusalBytesMax: Int64 = 16 << 20

    /// Whether all refused rows are in their list.
    var listsAllRefusals: Bool { place.refusalBytes < Upload.refusalBytesMax }
    /// Whether all its bytes are there, as far as its sender said how many there are.
    var isWhole: Bool { received > 0 && (size == nil || size == received) }

    /// Whether it has ended.
    var hasEnded: Bool { state == .succeeded || state == .failed }

    /// Whether anything more happens to it by itself.
    var isUnderWay: Bool { state == .checking || state == .entering }
}

extension Upload {
    /// The object that callers see.
    var json: JSONValue {
        var object: JSONObject = [
            "id": .string(id), "state": .string(state.rawValue), "received": .integer(received),
            "createdAt": .string(createdAt.rfc3339), "updatedAt": .string(updatedAt.rfc3339),
        ]
        object["audienceId"] = audience.map { .string($0.uuid.description) }
        object["fileName"] = fileName.map { .string($0) }
        object["stamp"] = stamp.map { .string($0) }
        object["size"] = size.map { .integer($0) }
        object["edition"] = edition.map { .integer($0) }
        object["trouble"] = trouble.map { .string($0) }
        if let reading {
            object["reading"] = reading.json
            object["found"] = found.json
            object["rows"] = rows.json
            object["newProfiles"] = newProfiles.map { .integer($0) }
            object["refusalsComplete"] = .bool(listsAllRefusals)
        }
        return .object(object)
    }

    /// What is kept of it: what callers see, and what only the server needs.
    var stored: JSONValue {
        var object = json.object ?? [:]
        object["author"] = ["name": .string(author.name), "way": .string(author.way.rawValue)]
        object["place"] = [
            "offset": .integer(place.offset), "line": .integer(place.line),
            "refusalBytes": .integer(place.refusalBytes),
        ]
        object["expireTimeBefore"] = expireTimeBefore.map { .integer($0) }
        object["beginning"] = beginning?.stored
        object["createdAtMs"] = .integer(createdAt.milliseconds)
        object["updatedAtMs"] = .integer(updatedAt.milliseconds)
        return .object(object)
    }

    /// What figures of uploads may be, so that sums of them are figures too; instants are milliseconds.
    static let plausible: ClosedRange<Int64> = 0...(1 << 50)

    /// Reads what was kept; nil when it is damaged.
    init?(stored: JSONValue) {
        guard let id = stored["id"]?.string, UUIDBytes(id)?.description == id,
            let state = stored["state"]?.string.flatMap(State.init),
            let received = stored["received"]?.int64, Upload.plausible ~= received,
            let author = stored["author"]?["name"]?.string,
            let way = stored["author"]?["way"]?.string.flatMap(ConfigurationChange.Way.init),
            let createdAt = stored["createdAtMs"]?.int64, let updatedAt = stored["updatedAtMs"]?.int64,
            Upload.plausible ~= createdAt, Upload.plausible ~= updatedAt,
            let offset = stored["place"]?["offset"]?.int64, let line = stored["place"]?["line"]?.int64,
            let refusalBytes = stored["place"]?["refusalBytes"]?.int64,
            [offset, line, refusalBytes].allSatisfy({ Upload.plausible ~= $0 }),
            let found = Rows(stored: stored["found"]), let rows = Rows(stored: stored["rows"]),
            stored["edition"].map({ $0.int64.map { Upload.plausible ~= $0 } ?? false }) ?? true,
            stored["size"].map({ $0.int64.map(Upload.plausible.contains) ?? false }) ?? true,
            // Before its audience is known nothing has been done with it.
            let audience = Upload.audience(stored["audienceId"]), audience.id != nil || state == .receiving
        else { return nil }
        self.id = id
        self.audience = audience.id
        self.author = ConfigurationChange.Author(name: author, way: way)
        self.createdAt = Timestamp(milliseconds: createdAt)
        self.updatedAt = Timestamp(milliseconds: updatedAt)
        self.state = state
        self.received = received
        fileName = stored["fileName"]?.string
        stamp = stored["stamp"]?.string
        size = stored["size"]?.int64
        edition = stored["edition"]?.int64
        expireTimeBefore = stored["expireTimeBefore"]?.int64.flatMap { Upload.plausible ~= $0 ? $0 : nil }
        trouble = stored["trouble"]?.string
        newProfiles = stored["newProfiles"]?.int64.flatMap { Upload.plausible ~= $0 ? $0 : nil }
        reading = stored["reading"].flatMap(Reading.init)
        beginning = stored["beginning"].flatMap(Beginning.init)
        self.found = found
        self.rows = rows
        place = Place(offset: offset, line: line, refusalBytes: refusalBytes)
    }

    /// The audience that is named, or none where none is; nil when what names it is damaged.
    private static func audience(_ stored: JSONValue?) -> (id: Audience.ID?, Void)? {
        guard let stored else { return (nil, ()) }
        return stored.string.flatMap { UUIDBytes($0) }.map { (Audience.ID(uuid: $0), ()) }
    }
}

extension Upload.Reading {
    fileprivate var json: JSONValue {
        var object: JSONObject = ["identityColumn": .string(identityColumn), "namespace": .string(namespace)]
        object["encoding"] = encoding.map { .string($0) }
        object["delimiter"] = delimiter.map { .string($0) }
        return .object(object)
    }

    fileprivate init?(_ stored: JSONValue) {
        guard let column = stored["identityColumn"]?.string, let namespace = stored["namespace"]?.string else {
            return nil
        }
        identityColumn = column
        self.namespace = namespace
        encoding = stored["encoding"]?.string
        delimiter = stored["delimiter"]?.string
    }
}

extension Upload.Rows {
    fileprivate var json: JSONValue {
        ["accepted": .integer(accepted), "refused": .integer(refused), "empty": .integer(empty)]
    }

    /// Reads what was kept, nothing as none; nil when it is damaged.
    fileprivate init?(stored: JSONValue?) {
        guard let stored else { return }
        guard let accepted = stored["accepted"]?.int64, let refused = stored["refused"]?.int64,
            let empty = stored["empty"]?.int64,
            [accepted, refused, empty].allSatisfy({ Upload.plausible ~= $0 })
        else { return nil }
        (self.accepted, self.refused, self.empty) = (accepted, refused, empty)
    }
}
