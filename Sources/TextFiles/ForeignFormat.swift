/// Files that are no text, known by their first bytes.
enum ForeignFormat {
    /// What a file begins with, what it is, and what to do; nil is what whoever asks says of gzip.
    private static let known: [(magic: [UInt8], what: String, cure: String?)] = [
        ([0x1F, 0x8B], "compressed by gzip", nil),
        (Array("PK\u{3}\u{4}".utf8), "a zip archive or a workbook (.xlsx, .ods, .numbers)", "save the sheet as CSV"),
        ([0xD0, 0xCF, 0x11, 0xE0], "a workbook (.xls)", "save the sheet as CSV"),
        ([0x28, 0xB5, 0x2F, 0xFD], "compressed by zstd", "unpack it"),
        (Array("BZh91AY&SY".utf8), "compressed by bzip2", "unpack it"),
        ([0xFD, 0x37, 0x7A, 0x58, 0x5A], "compressed by xz", "unpack it"),
        (Array("SQLite format 3".utf8), "a SQLite database", "export a table as CSV or NDJSON"),
        (Array("%PDF-".utf8), "a PDF", "export the table as CSV"),
    ]

    /// Refuses what is known to be no text.
    ///
    /// - Parameters:
    ///   - head: The first bytes of the file.
    ///   - file: How messages call the file.
    ///   - words: How messages call options.
    /// - Throws: What it is, and what to do.
    static func refuse(_ head: ArraySlice<UInt8>, file: String, words: InputWords) throws(InputFailure) {
        guard let found = known.first(where: { head.starts(with: $0.magic) }) else { return }
        throw InputFailure(.notText, "\(file) is \(found.what), no text; \(found.cure ?? words.gunzip)")
    }
}
