import ActivationCore
import TextFiles

/// Reads an upload's file in steps, each on a thread that may wait for the disk.
///
/// Sendable because there is at most one step at a time: the next one begins when the result of the last has been seen.
final class UploadReader: @unchecked Sendable {
    /// What one step has read.
    struct Step: Sendable {
        /// A row that names somebody: its line, and the identity's value.
        struct Member: Sendable {
            var line: Int64
            var column: Int64
            var identity: String
        }

        /// In the order of the lines.
        var members: [Member] = []
        /// Rows that are not to be taken.
        var refusals: [TextRefusal] = []
        /// Rows with nothing in them.
        var empty: Int64 = 0
        /// Where reading goes on.
        var place = Upload.Place()
        /// Whether the file has ended.
        var isLast = false
    }

    private var reader: CSVReader
    private let column: Int

    /// Rows of a step: enough to share a commit, few enough to be decided in milliseconds.
    static let rowsMax = 500
    /// Bytes of blank lines that a step passes over.
    private static let blankBytesMax: Int64 = 1 << 20

    /// Opens a file as it was said to be read.
    ///
    /// - Parameters:
    ///   - path: Where it is.
    ///   - length: How many bytes were received.
    ///   - reading: How it is read.
    /// - Throws: `UPLOAD_INVALID` when it cannot be taken at all, or `FIELD_INVALID` when it is not read that way.
    init(_ path: String, length: Int64, _ reading: Upload.Reading) throws(APIError) {
        let options = try InputOptions(encoding: reading.encoding, delimiter: reading.delimiter)
        do throws(InputFailure) {
            let file = try InputFile(path: path, name: "the file")
            guard file.length == length else { throw InputFailure.lost(of: length, kept: file.length ?? 0) }
            reader = try CSVReader(file, options: options)
            reader.blankBytesMax = UploadReader.blankBytesMax
        } catch {
            throw APIError(upload: error)
        }
        let names = reader.layout.columns.names
        if let fault = AudienceFile.faults(of: reader.layout.columns).first {
            throw APIError(.uploadInvalid, fault.message, members: ["faultCode": .string(fault.code)])
        }
        if let index = names.firstIndex(where: UploadReader.isConsent) {
            throw APIError(
                .uploadInvalid,
                "column \(index + 1) is about consent by its name, and consent does not belong to an audience; leave it out",
                members: ["faultCode": "AUDIENCE_CONSENT"]
            )
        }
        guard let column = names.firstIndex(where: { $0.hasSameBytes(as: reading.identityColumn) }) else {
            throw APIError(.fieldInvalid, "identityColumn: the file has no column of this name; look at its layout")
        }
        self.column = column
    }

    private static func isConsent(_ name: String) -> Bool {
        let name = name.lowercased()
        return name.hasPrefix("consent") || name.hasPrefix("optinout")
    }

    /// Goes to where reading stood.
    func skip(to place: Upload.Place) async throws(APIError) {
        guard place.offset > 0 else { return }
        try await DiskWork.done { () throws(InputFailure) in
            try self.reader.skip(to: place.offset, line: place.line)
        }
    }

    /// Reads some rows.
    ///
    /// - Throws: `UPLOAD_INVALID` when the file cannot be read on.
    func step() async throws(APIError) -> Step {
        try await DiskWork.done { () throws(InputFailure) in
            var step = Step()
            while step.members.count + step.refusals.count + Int(step.empty) < UploadReader.rowsMax {
                guard let reading = try self.reader.next() else {
                    step.isLast = self.reader.isAtEnd
                    break
                }
                switch reading {
                case .empty: step.empty += 1
                case .refused(let refusal): step.refusals.append(refusal)
                case .row(let row): self.take(row, into: &step)
                }
            }
            step.place.offset = self.reader.offset
            step.place.line = self.reader.line
            return step
        }
    }

    private func take(_ row: CSVRow, into step: inout Step) {
        guard row.cells.indices.contains(column) else { return }
        let place = row.place(of: column)
        let identity = row.cells[column]
        let fault = AudienceFile.fault(
            ofIdentity: identity,
            column: column,
            charactersMax: Limits.identityValueCharactersMax
        )
        if let fault {
            step.refusals.append(TextRefusal(fault.code, fault.message, at: place))
        } else {
            step.members.append(Step.Member(line: place.line, column: place.column, identity: identity))
        }
    }
}

extension InputFailure {
    /// That a file is not what was received.
    fileprivate static func lost(of length: Int64, kept: Int64) -> InputFailure {
        InputFailure(.incomplete, "\(length) bytes were received, and \(kept) are kept; upload the file again")
    }
}

extension InputOptions {
    /// Reads how a file is said to be written.
    ///
    /// - Throws: `FIELD_INVALID`.
    init(encoding: String?, delimiter: String?) throws(APIError) {
        var options = InputOptions()
        if let encoding {
            guard let name = TextEncoding.Name(rawValue: encoding) else {
                throw APIError(
                    .fieldInvalid,
                    "encoding is \(TextEncoding.Name.allCases.map(\.rawValue).joined(separator: ", "))"
                )
            }
            options.encoding = name
        }
        if let delimiter {
            guard let known = CSVDelimiter(parsing: delimiter) else {
                throw APIError(.fieldInvalid, "delimiter is one character, or tab")
            }
            options.delimiter = known
        }
        self = options
    }
}
