import ActivationCore

/// Writes the copy of a person's data as one JSON document, in pieces: it can be larger than what memory is for.
struct PrivacyCopy: Sendable {
    let folder: PrivacyFolder
    let job: String
    private var waiting: [UInt8] = []
    private var pieces: Int64 = 0
    /// Bytes so far.
    private(set) var bytes: Int64 = 0

    /// Begins the copy of a job, instead of one that was begun before.
    init(of job: String, in folder: PrivacyFolder) async throws(APIError) {
        (self.folder, self.job) = (folder, job)
        try await DiskWork.done { () throws(DiskFailure) in try folder.begin(job) }
    }

    /// Adds text as it is.
    mutating func write(_ text: String) async throws(APIError) {
        waiting += Array(text.utf8)
        try await store(isLast: false)
    }

    /// Adds a value.
    mutating func write(_ value: JSONValue) async throws(APIError) {
        value.write(to: &waiting)
        try await store(isLast: false)
    }

    /// Adds members of an object that is open, after others or as the first.
    mutating func write(_ members: JSONObject, isFirst: Bool) async throws(APIError) {
        for (place, member) in members.enumerated() {
            if !isFirst || place > 0 { waiting.append(UInt8(ascii: ",")) }
            JSONValue.string(member.key).write(to: &waiting)
            waiting.append(UInt8(ascii: ":"))
            member.value.write(to: &waiting)
            try await store(isLast: false)
        }
    }

    /// Makes it durable.
    mutating func finish() async throws(APIError) {
        try await store(isLast: true)
        let (folder, job) = (folder, job)
        try await DiskWork.done { () throws(DiskFailure) in try folder.finish(job) }
    }

    private mutating func store(isLast: Bool) async throws(APIError) {
        while waiting.count >= PrivacyFolder.pieceBytes || (isLast && !waiting.isEmpty) {
            let piece = Array(waiting.prefix(PrivacyFolder.pieceBytes))
            let (folder, job, number) = (folder, job, pieces)
            try await DiskWork.done { () throws(APIError) in try folder.write(piece, at: number, of: job) }
            waiting.removeFirst(piece.count)
            pieces += 1
            bytes += Int64(piece.count)
        }
    }
}
