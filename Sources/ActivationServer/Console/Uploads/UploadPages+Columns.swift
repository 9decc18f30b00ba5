import ActivationCore
import Console
import TextFiles

/// The second step: how the file is read, and which column tells who a member is.
extension UploadPages {
    /// Rows that are shown.
    private static let rowsShown = 5

    func columns(_ request: ConsoleRequest, _ items: [FormMistakes.Item] = []) async throws -> ConsoleAnswer {
        let report = try report(request)
        if let answer = elsewhere(report, than: .columns) { return answer }
        let form = request.form
        func typed(_ field: String, _ present: String?) -> String {
            (form.items.isEmpty ? present : form[field]) ?? ""
        }
        let reading = report.upload.reading
        let (encoding, delimiter) = (typed("encoding", reading?.encoding), typed("delimiter", reading?.delimiter))
        var items = items
        var preview: CSVPreview?
        do throws(APIError) {
            let options = try InputOptions(
                encoding: encoding.isEmpty ? nil : encoding,
                delimiter: delimiter.isEmpty ? nil : delimiter
            )
            preview = try await desk.uploads.preview(report.upload.id, options)
        } catch {
            guard error.code.status == 400 else { throw error }
            if items.isEmpty { items = [FormMistakes.Item(field: nil, text: UploadPages.text(of: error))] }
        }
        let layout = preview?.layout
        if items.isEmpty, let layout {
            items = AudienceFile.faults(of: layout.columns).map { fault in
                let text = "\(fault.message.prefix(1).uppercased())\(fault.message.dropFirst()). (\(fault.code))"
                return FormMistakes.Item(field: nil, text: "\(text) Change the file and upload it again.")
            }
        }
        let names = layout?.columns.names ?? []
        let mistakes = FormMistakes(items)
        let namespaces = desk.control.snapshot.namespaces.all
        let guess = UploadPages.guess(names, namespaces)
        let column = typed("column", reading?.identityColumn)
        let masked = MaskedValue(isRevealed: false)
        let refusals = RefusalReason.all(in: preview?.refusals ?? [])
        let page = UploadColumnsPage(
            title: mistakes == nil ? "Columns of \(report.name)" : "Error: Columns of \(report.name)",
            heading: report.name,
            crumbs: crumbs(report),
            steps: report.steps(at: .columns),
            mistakes: mistakes,
            facts: layout.map { UploadPages.facts($0, preview) } ?? [],
            hasFacts: layout != nil,
            columns: names,
            rows: (preview?.rows ?? []).prefix(UploadPages.rowsShown).map { row in
                UploadColumnsPage.Row(
                    line: Figure.count(row.line),
                    cells: row.cells.map { $0.isEmpty ? "empty" : masked.text($0) }
                )
            },
            hasRows: !(preview?.rows.isEmpty ?? true),
            refusals: refusals,
            hasRefusals: !refusals.isEmpty,
            path: report.path(.columns),
            token: try request.signedIn().token,
            fields: names.isEmpty
                ? []
                : [
                    FormField(
                        "column",
                        "Column that tells who a member is",
                        .choice(names.map { (value: $0, label: $0) }),
                        value: column.isEmpty ? guess.column : column,
                        error: mistakes?.text(of: "column")
                    ),
                    FormField(
                        "namespace",
                        "Namespace of what it holds",
                        .choice(namespaces.map { (value: $0.symbol, label: "\($0.name) (\($0.symbol))") }),
                        value: typed("namespace", reading?.namespace ?? guess.namespace),
                        hint: "Nobody is found by a value in another namespace.",
                        error: mistakes?.text(of: "namespace")
                    ),
                ],
            hasFields: !names.isEmpty,
            ways: [
                FormField("encoding", "Read as", .choice(encodings), value: encoding),
                FormField("delimiter", "Between cells", .choice(delimiters), value: delimiter),
            ],
            discard: UploadReport.path(report.upload.id, "discard")
        )
        return .page(page, status: mistakes == nil ? 200 : 400)
    }

    func submitColumns(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        let report = try report(request)
        if let answer = elsewhere(report, than: .columns) { return answer }
        guard request.form["do"] != "look" else { return try await columns(request) }
        func typed(_ field: String) -> String? { request.form[field].flatMap { $0.isEmpty ? nil : $0 } }
        let reading = Upload.Reading(
            identityColumn: request.form["column"] ?? "",
            namespace: request.form["namespace"] ?? "",
            encoding: typed("encoding"),
            delimiter: typed("delimiter")
        )
        do throws(APIError) {
            try await desk.uploads.examine(report.upload, reading)
            try await desk.uploads.decide(report.upload.id) { $0.reading = reading }
        } catch {
            guard [400, 409].contains(error.code.status) else { throw error }
            let field = error.detail.hasPrefix("identityColumn") ? "column" : nil
            return try await columns(
                request,
                [FormMistakes.Item(field: field, text: UploadPages.text(of: error))]
            )
        }
        return .redirect(report.path(.details))
    }

    private static func facts(_ layout: CSVLayout, _ preview: CSVPreview?) -> [UploadColumnsPage.Fact] {
        let rows = (preview?.rows.count ?? 0) + (preview?.refusals.count ?? 0) + (preview?.emptyRows ?? 0)
        let end = layout.lineEnd.map { "\($0.rawValue) at the end of lines" } ?? "no line end"
        return [
            UploadColumnsPage.Fact(
                label: "Encoding",
                value: layout.encoding.name.rawValue + (layout.hasMark ? ", by its byte order mark" : "")
            ),
            UploadColumnsPage.Fact(label: "Between cells", value: "\(layout.delimiter.name), \(end)"),
            UploadColumnsPage.Fact(
                label: "Quotes",
                value: "double quotes around cells that hold the delimiter, a line end or a quote, which is doubled"
            ),
            UploadColumnsPage.Fact(
                label: "Header",
                value: Figure.count(layout.columns.names.count, "column") + ", named in the first line"
            ),
            UploadColumnsPage.Fact(
                label: "Looked at",
                value: preview?.isWhole ?? false
                    ? "all of it, \(Figure.count(rows, "row"))" : "the first \(Figure.count(rows, "row"))"
            ),
        ]
    }

    /// What is likely meant: a column that is called like a namespace.
    private static func guess(
        _ names: [String],
        _ namespaces: [IdentityNamespace]
    ) -> (column: String, namespace: String) {
        for name in names {
            let letters = name.lowercased()
            let found = namespaces.first { letters == $0.symbol.lowercased() || letters == $0.name.lowercased() }
            if let found { return (name, found.symbol) }
        }
        return (names.first ?? "", "Email")
    }

    private var encodings: [(value: String, label: String)] {
        [(value: "", label: "What it says itself, else utf-8")]
            + TextEncoding.Name.allCases.map { (value: $0.rawValue, label: $0.rawValue) }
    }

    private var delimiters: [(value: String, label: String)] {
        [
            (value: "", label: "What the header has"), (value: ",", label: "Comma"), (value: ";", label: "Semicolon"),
            (value: "tab", label: "Tab"), (value: "|", label: "Pipe"),
        ]
    }
}
