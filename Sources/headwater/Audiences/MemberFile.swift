import ActivationCore
import Glibc
import TextFiles

/// A file of an external audience's members, looked at before anything of it is sent.
struct MemberFile {
    /// Where it is.
    let path: String
    /// Its length in bytes.
    let size: Int64
    /// What tells it from what it was at another time.
    let stamp: String
    private let preview: CSVPreview

    /// Looks at a file.
    ///
    /// - Throws: Why it cannot be taken, with line, column and cure.
    init(path: String, identityColumn: String, options: InputOptions) throws(CommandFailure) {
        guard let (size, stamp) = MemberFile.look(at: path) else {
            throw CommandFailure(.noInput, "\(path) is no file that can be read again; save it to a file first")
        }
        self.path = path
        (self.size, self.stamp) = (size, stamp)
        do throws(InputFailure) {
            preview = try CSVPreview(of: try InputFile(path: path), options: options)
        } catch {
            throw CommandFailure(.noInput, error.message)
        }
        if let fault = AudienceFile.fault(ofLength: size) ?? AudienceFile.faults(of: preview.layout.columns).first {
            throw CommandFailure(.noInput, fault.message)
        }
        guard preview.layout.columns.names.contains(where: { $0.hasSameBytes(as: identityColumn) }) else {
            throw CommandFailure(
                .usage,
                "the file has no column \(ColumnName.shown(identityColumn)); it has "
                    + preview.layout.columns.names.map(ColumnName.shown).joined(separator: ", ")
            )
        }
    }

    private static func look(at path: String) -> (size: Int64, stamp: String)? {
        var status = Glibc.stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        let stamp = "\(status.st_ino)-\(status.st_size)-\(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec)"
        return (Int64(status.st_size), stamp)
    }

    /// Whether nobody has written to it since it was looked at.
    var isUnchanged: Bool { MemberFile.look(at: path)?.stamp == stamp }

    /// How it is read, for people.
    var description: String {
        let layout = preview.layout
        var text = "reading as \(layout.encoding.name.rawValue)\(layout.hasMark ? " with a byte order mark" : ""), "
        text += "\(layout.delimiter.name) between cells, \(layout.columns.names.count) columns: "
        text += layout.columns.names.map(ColumnName.shown).joined(separator: ", ")
        for refusal in preview.refusals.prefix(5) {
            text += "\nline \(refusal.place.line), column \(refusal.place.column): \(refusal.code): \(refusal.message)"
        }
        return text
    }

    /// Bytes of it.
    ///
    /// - Throws: When they cannot be read.
    func bytes(at offset: Int64, count: Int) throws(CommandFailure) -> [UInt8] {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw failure }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: count)
        let read = bytes.withUnsafeMutableBytes { pread(file, $0.baseAddress, $0.count, off_t(offset)) }
        guard read > 0 else { throw failure }
        return Array(bytes.prefix(read))
    }

    private var failure: CommandFailure {
        CommandFailure(.noInput, "\(path) cannot be read on: \(String(cString: strerror(errno)))")
    }
}
