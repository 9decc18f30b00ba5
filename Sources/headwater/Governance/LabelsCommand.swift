import ActivationCore
import ArgumentParser
import NIOHTTP1

/// `headwater labels`: words for what may not be done with data, and the data that has them, on a running server.
struct LabelsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "labels",
        abstract: "Lists and makes labels, puts them on fields and datasets, and shows what has which.",
        discussion: """
            Credentials come from --data DIR (a server's directory) or from HEADWATER_CLIENT_ID and \
            HEADWATER_CLIENT_SECRET. A label on a field counts for all that lies below it. A label does nothing by \
            itself: policies and roles name it.
            """,
        subcommands: [List.self, Create.self, Fields.self, Put.self, Show.self]
    )

    private static let path = "/data/foundation/dulepolicy/labels"
    private static let fieldsPath = "/v1/labels/fields"

    private static func line(_ label: JSONValue) -> String {
        ["name", "friendlyName", "description"].compactMap { label[$0]?.string }.filter { !$0.isEmpty }
            .joined(separator: "  ")
    }

    fileprivate static func names(_ labels: JSONValue?) -> [String] { (labels?.array ?? []).compactMap(\.string) }

    /// `headwater labels list`.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "Lists labels, those of every server before your own: name, title, meaning."
        )

        @OptionGroup var options: ServerOptions

        func run() async throws {
            let labels = try await options.withServer { (server) throws(CommandFailure) in
                let core = try await server.items("children", of: "\(path)/core")
                let custom = try await server.items("children", of: "\(path)/custom")
                return core + custom
            }
            guard !options.json else { return Terminal.print(["items": .array(labels)]) }
            for label in labels { Terminal.print(line(label)) }
        }
    }

    /// `headwater labels create`.
    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "create",
            abstract: "Makes a label, or gives one of your own other words.",
            discussion: "What is left out gets what it would have for a new label. A label stays, and keeps its name."
        )

        @OptionGroup var options: ServerOptions

        @Argument(help: "Its name: letters, digits, _, . and -.")
        var name: String

        @Option(help: "What people call it; the name when it is left out.")
        var title: String?

        @Option(help: "The group it is shown in; Custom when it is left out.")
        var category: String?

        @Option(help: "What may not be done with data that has it, or who may see it.")
        var description: String?

        func run() async throws {
            var draft: JSONObject = ["name": .string(name)]
            draft["friendlyName"] = title.map { .string($0) }
            draft["category"] = category.map { .string($0) }
            draft["description"] = description.map { .string($0) }
            let body = JSONValue.object(draft)
            let label = try await options.withServer { (server) throws(CommandFailure) in
                try await server.call(.PUT, "\(path)/custom/\(ServerClient.percentEncoded(name))", body)
            }
            options.json ? Terminal.print(label) : Terminal.print(line(label))
        }
    }

    /// `headwater labels fields`.
    struct Fields: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "fields",
            abstract: "Lists the fields that have labels, by path: path, labels."
        )

        @OptionGroup var options: ServerOptions

        func run() async throws {
            let fields = try await options.withServer { (server) throws(CommandFailure) in
                try await server.items("items", of: fieldsPath)
            }
            guard !options.json else { return Terminal.print(["items": .array(fields)]) }
            for field in fields {
                let labels = names(field["labels"]).joined(separator: ", ")
                Terminal.print("\(field["path"]?.string ?? "")  \(labels)")
            }
        }
    }

    /// A field or a dataset on the command line.
    struct Place: ParsableArguments {
        @Option(help: "A field, such as person.email.")
        var field: String?

        @Option(help: "A dataset, by id or name.")
        var dataset: String?

        fileprivate var name: String { field ?? dataset ?? "" }

        /// The labels that it has, after it got those that are given.
        ///
        /// - Parameters:
        ///   - server: Where it is.
        ///   - new: All labels that it is to have; nil = it keeps those that it has.
        /// - Returns: Which field or dataset it is, with its `labels`.
        /// - Throws: Why the server refuses.
        fileprivate func labels(
            on server: ServerClient,
            putting new: [String]? = nil
        ) async throws(CommandFailure) -> JSONValue {
            let body: JSONValue? = new.map { labels in ["labels": .array(labels.map { .string($0) })] }
            let method: HTTPMethod = new == nil ? .GET : .PUT
            if let field {
                return try await server.call(method, "\(fieldsPath)/\(ServerClient.percentEncoded(field))", body)
            }
            let id = try await server.datasetID(dataset ?? "")
            let path = "/data/foundation/dataset/datasets/\(ServerClient.percentEncoded(id))/labels"
            let answer = try await server.call(method, path, body)
            // A put answers with the labels, a get with the dataset that has them.
            let labels = answer["labels"] ?? answer["AEP:dataset:\(id)"]?["labels"] ?? []
            return ["dataSetId": .string(id), "labels": labels]
        }
    }

    private static func show(_ labelled: JSONValue, _ place: Place, _ options: ServerOptions) {
        guard !options.json else { return Terminal.print(labelled) }
        let labels = names(labelled["labels"])
        Terminal.print("\(place.name) has \(labels.isEmpty ? "no labels" : labels.joined(separator: ", "))")
    }

    /// `headwater labels set`.
    struct Put: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "set",
            abstract: "Says which labels a field or a dataset has in place of those that it had, and shows them.",
            discussion: """
                Without a label it has none afterwards. What would make a dataflow break a policy is refused, and \
                nothing has changed.
                """
        )

        @OptionGroup var options: ServerOptions
        @OptionGroup var place: Place

        @Argument(help: "All labels that it is to have.")
        var labels: [String] = []

        func validate() throws {
            guard (place.field == nil) != (place.dataset == nil) else {
                throw ValidationError("Name a --field or a --dataset.")
            }
        }

        func run() async throws {
            let labelled = try await options.withServer { (server) throws(CommandFailure) in
                try await place.labels(on: server, putting: labels)
            }
            show(labelled, place, options)
        }
    }

    /// `headwater labels show`.
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show",
            abstract: "Shows the labels of a field, of a dataset, or all that concern an audience and why."
        )

        @OptionGroup var options: ServerOptions
        @OptionGroup var place: Place

        @Option(help: "An audience, by id or name.")
        var audience: String?

        func validate() throws {
            guard [place.field, place.dataset, audience].compactMap(\.self).count == 1 else {
                throw ValidationError("Name a --field, a --dataset or an --audience.")
            }
        }

        func run() async throws {
            guard let audience else {
                let labelled = try await options.withServer { (server) throws(CommandFailure) in
                    try await place.labels(on: server)
                }
                return show(labelled, place, options)
            }
            let found = try await options.withServer { (server) throws(CommandFailure) in
                let id = try await ServerAudiences(client: server).audienceID(audience)
                return try await server.call(.GET, "/v1/audiences/\(ServerClient.percentEncoded(id))/labels")
            }
            guard !options.json else { return Terminal.print(found) }
            let labels = found["labels"]?.array ?? []
            guard !labels.isEmpty else { return Terminal.print("\(audience) has no labels") }
            for label in labels {
                let origin = Show.origin(of: label, in: found["audienceId"]?.string ?? "")
                Terminal.print("\(label["label"]?.string ?? "")  from \(origin)")
            }
        }

        /// Where a label that concerns an audience comes from, in words.
        private static func origin(of label: JSONValue, in audience: String) -> String {
            func text(_ member: String) -> String { label[member]?.string ?? "" }
            let isOwn = text("audienceId") == audience
            let other = "audience \(text("audienceId")), which it asks for"
            switch text("on") {
            case "field": return "the field \(text("path")), which \(isOwn ? "its rule" : "\(other),") looks at"
            case "dataSet": return "dataset \(text("dataSetId")), whose data it may take in"
            case "audience": return isOwn ? "the audience itself" : other
            case "mergePolicy": return "merge policy \(text("mergePolicyId")), which joins identities"
            default: return label.text
            }
        }
    }
}

extension ServerClient {
    /// All items of a list whose pages link to the next one.
    ///
    /// - Parameters:
    ///   - member: The member of a page that holds its items.
    ///   - list: The path of the list.
    /// - Returns: The items of all pages.
    /// - Throws: When a page is refused.
    func items(_ member: String, of list: String) async throws(CommandFailure) -> [JSONValue] {
        var found: [JSONValue] = []
        var path = list
        while true {
            let page = try await call(.GET, path)
            found += page[member]?.array ?? []
            guard let next = page["_links"]?["next"]?["href"]?.string, !next.isEmpty else { return found }
            path = next
        }
    }

    /// The id of the one dataset with this id or name.
    fileprivate func datasetID(_ name: String) async throws(CommandFailure) -> String {
        let list = "/data/foundation/catalog/dataSets"
        let limit = 100
        var (ids, start): ([String], Int) = ([], 0)
        while true {
            let page = try await call(.GET, "\(list)?limit=\(limit)&start=\(start)").object ?? [:]
            if page[name] != nil { return name }
            ids += page.filter { $0.value["name"] == .string(name) }.map(\.key)
            guard page.count == limit else { break }
            start += limit
        }
        guard let id = ids.first else {
            throw CommandFailure(.badInput, "no dataset has this id or name; headwater datasets list shows them")
        }
        guard ids.count == 1 else {
            let shown = ids.prefix(10).joined(separator: ", ")
            throw CommandFailure(.badInput, "\(ids.count) datasets have this name; give the id: \(shown)")
        }
        return id
    }
}
