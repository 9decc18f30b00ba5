import ActivationCore
import Crypto
import TextFiles

/// How an input is read: what was asked for and what was found in it.
struct InputReading {
    /// NDJSON or CSV.
    var format: IngestCommand.Format
    /// How its bytes stand for characters.
    var encoding: TextEncoding.Name
    /// What stands between the cells of a CSV input.
    var delimiter: CSVDelimiter?
    /// The columns of a CSV input.
    var columns = 0
    /// Names of columns that are not sent.
    var unmapped: [String] = []
    /// What the columns mean.
    var mapping = ""
    /// Whether the first row of a CSV input names its columns.
    var hasHeader = true

    /// The reading as one text.
    private var spelling: String {
        var parts = [format.rawValue, encoding.rawValue]
        if let delimiter { parts += [delimiter.name, mapping] }
        if !hasHeader { parts.append("no-header") }
        return parts.joined(separator: " ")
    }

    /// The reading in few characters, to see whether it is still the same.
    var digest: String { "sha256:" + SHA256.hash(data: Array(spelling.utf8)).hexadecimal }

    /// Whether it is the one that a progress file names, by its digest or, as earlier versions wrote it, in full.
    func isNamed(_ name: String) -> Bool { digest.hasSameBytes(as: name) || spelling.hasSameBytes(as: name) }

    /// The reading for people.
    var description: String {
        var text = "\(format == .csv ? "CSV" : "NDJSON"), \(encoding.rawValue)"
        if let delimiter { text += ", delimiter \(delimiter.name), \(columns) columns" }
        if !unmapped.isEmpty {
            let shown = unmapped.prefix(20).map(ColumnName.shown).joined(separator: ", ")
            text += "; not mapped and not sent: \(shown)\(unmapped.count > 20 ? ", …" : "")"
        }
        return text
    }

    /// The reading for scripts.
    var json: JSONValue {
        var object: JSONObject = ["format": .string(format.rawValue), "encoding": .string(encoding.rawValue)]
        if let delimiter {
            object["delimiter"] = .string(delimiter.name)
            object["columns"] = .integer(Int64(columns))
            object["unmapped"] = .array(unmapped.map(JSONValue.string))
        }
        return .object(object)
    }
}

extension InputReading {
    /// Adds how a CSV file is laid out and what its columns mean.
    mutating func describe(_ layout: CSVLayout, _ mapping: RowMapping) {
        delimiter = layout.delimiter
        columns = layout.columns.names.count
        unmapped = mapping.unmapped
        self.mapping = mapping.spelling
        hasHeader = layout.columns.areNamed
    }
}
