import ActivationCore
import ActivationEngine
import HTTPTypes
import TestSupport
import Testing
import TextFiles

@testable import ActivationServer

/// Files of members at the console (BEHAVIOUR 5.7, docs/CONSOLE.md).
@Suite(.timeLimit(.minutes(5))) struct UploadPagesTests {
    private static let start = "/console/audiences/upload"

    /// Says to the server which file is to be sent.
    private func begin(
        _ browser: Browser,
        _ text: String,
        stamp: String = "crm.csv-1",
        audience: String = "",
        known: String = ""
    ) async throws -> (answer: Browser.Answer, json: JSONValue) {
        if browser.scriptToken.isEmpty { try await browser.open(UploadPagesTests.start) }
        let form = QueryItems([
            (name: "name", value: "crm.csv"), (name: "size", value: String(text.utf8.count)),
            (name: "stamp", value: stamp), (name: "audience", value: audience), (name: "known", value: known),
        ])
        let answer = try await browser.put("\(UploadPagesTests.start)/begin", form.text, isForm: true)
        return (answer, (try? JSONValue(parsing: answer.text)) ?? .null)
    }

    /// Sends a file whole and gives the path of the upload's pages.
    private func send(
        _ browser: Browser,
        _ text: String,
        stamp: String = "crm.csv-1",
        audience: String = ""
    ) async throws -> String {
        let begun = try await begin(browser, text, stamp: stamp, audience: audience)
        let path = try #require(begun.json["send"]?.string, "\(begun.answer.text)")
        let sent = try await browser.put(path, text)
        let next = try #require(try JSONValue(parsing: sent.text)["next"]?.string, "\(sent.text)")
        return String(next.dropLast("/columns".count))
    }

    private func chosen(_ column: String = "email") -> [(name: String, value: String)] {
        [("do", "next"), ("column", column), ("namespace", "Email"), ("encoding", ""), ("delimiter", "")]
    }

    private func named(_ name: String) -> [(name: String, value: String)] {
        [("audience", "new"), ("name", name), ("audienceId", "crm_gold"), ("ttlInDays", "7"), ("policy", "")]
    }

    /// Waits until an upload has ended and nobody is left to exit, and gives the page of its progress.
    private func ended(_ world: IngestWorld, _ browser: Browser, _ path: String) async throws -> Browser.Answer {
        let id = try #require(path.split(separator: "/").last.map(String.init))
        while true {
            let report = try ConsoleDesk(world.dependencies).uploadReport(id)
            if report.upload.hasEnded, !report.isSettling { break }
            await Task.yield()
        }
        return try await browser.open("\(path)/progress")
    }

    private func audience(_ world: IngestWorld) throws -> SegmentDefinition {
        let all = world.dependencies.control.entries(.segmentDefinition).compactMap(SegmentDefinition.init)
        return try #require(all.first { $0.isExternal })
    }

    private func members(_ world: IngestWorld) async throws -> Int {
        try await world.dependencies.engine.memberCount(try audience(world).id)
    }

    // MARK: The way

    @Test func `the people of a file become the members of a new audience, and the next file takes its place`()
        async throws
    {
        try await IngestWorld.run { world in
            let browser = try await world.signedIn()
            let text = "email,city\na@x.example,Ulm\n,Bonn\nb@x.example\nc@x.example,Ulm\n"
            let path = try await send(browser, text)
            let columns = try await browser.open("\(path)/columns")
            #expect(columns.status == 200 && columns.text.contains("utf-8") && columns.text.contains("comma, LF"))
            #expect(columns.text.contains("text, 11") && !columns.text.contains("x.example"))
            #expect(columns.text.contains("CSV_WIDTH") && columns.text.contains("<option value=\"email\" selected>"))
            let details = try await browser.submit("\(path)/columns", chosen())
            #expect(details.status == 200 && details.text.contains("members by the column email"))
            try await browser.submit("\(path)/details", named("CRM"))
            let progress = try await ended(world, browser, path)
            #expect(progress.text.contains("Done") && progress.text.contains("data-live=\"Accepted\">2<"))
            #expect(
                progress.text.contains("data-live=\"Refused\">2<") && progress.text.contains("data-live=\"Entered\">2<")
            )
            #expect(progress.text.contains("IDENTITY_MISSING") && progress.text.contains("data-label=\"Lines\">4<"))
            #expect(!progress.text.contains("x.example") && !progress.text.contains("data-figures"))
            let refused = try await browser.open("\(path)/refused.csv")
            #expect(refused.headers[.contentDisposition] == "attachment; filename=\"refused.csv\"")
            #expect(refused.text.split(whereSeparator: \.isNewline).count == 3 && !refused.text.contains("x.example"))
            let made = try audience(world)
            #expect(made.name == "CRM" && made.body["audienceId"] == "crm_gold" && made.body["ttlInDays"] == 7)
            #expect(try await members(world) == 2)

            // The next file, from the audience's page.
            let page = try await browser.open("/console/audiences/\(made.idText)")
            #expect(page.text.contains("\(UploadPagesTests.start)?audience=\(made.idText)"))
            try await browser.open("\(UploadPagesTests.start)?audience=\(made.idText)")
            let second = "email;city\nc@x.example;Ulm\nd@x.example;Ulm\ne@x.example;Ulm\n"
            let next = try await send(browser, second, stamp: "crm.csv-2", audience: made.idText)
            try await browser.submit("\(next)/columns", chosen())
            #expect(browser.page.text.contains("<option value=\"\(made.idText)\" selected>"))
            try await browser.submit("\(next)/details", [("audience", made.idText)])
            let after = try await ended(world, browser, next)
            #expect(after.text.contains("data-live=\"Entered\">2<") && after.text.contains("data-live=\"Exited\">1<"))
            #expect(try await members(world) == 3)
            // What the first one did stays what it was.
            #expect(try await browser.open("\(path)/progress").text.contains("data-live=\"Exited\">0<"))
        }
    }

    @Test func `sending goes on from what is there, and nothing is made twice`() async throws {
        try await IngestWorld.run { world in
            let browser = try await world.signedIn()
            let text = "email,city\na@x.example,Ulm\nb@x.example,Bonn\n"
            let begun = try await begin(browser, text)
            let path = try #require(begun.json["place"]?.string)
            #expect(try await begin(browser, text).json["place"]?.string == path)
            // Whose session has ended is told so, and nothing is lost.
            let stranger = try await Browser(world.client).put(
                try #require(begun.json["send"]?.string),
                "x",
                token: "t"
            )
            #expect(stranger.status == 401 && stranger.text.contains("What was sent is kept"))
            let half = String(text.prefix(20))
            let first = try JSONValue(
                parsing: try await browser.put(try #require(begun.json["send"]?.string), half).text
            )
            #expect(first["from"] == 20 && first["send"]?.string?.hasSuffix("offset=20") == true)
            // The answer was lost, so the browser sends the same again.
            let again = try await browser.put(try #require(begun.json["send"]?.string), half)
            #expect(again.status == 200)
            #expect(try JSONValue(parsing: again.text)["from"] == 20, "\(again.text)")
            // The page was loaded again: it knows how much is there, and which file it is.
            let page = try await browser.open(path)
            #expect(page.text.contains("20 B of") && page.text.contains("Choose the same file again"))
            let id = try #require(path.split(separator: "/").dropLast().last.map(String.init))
            let other = try await begin(browser, text, stamp: "other", known: id)
            #expect(other.answer.status == 400 && other.json["text"]?.string?.contains("another file") == true)
            #expect(other.json["send"] == nil && other.json["again"] == false)
            let known = try await begin(browser, text, known: id)
            #expect(known.json["from"] == 20)
            // Steps that are not reached lead to where it stands.
            #expect(try await browser.open(path.replacing("/file", with: "/details")).text.contains("Choose the same"))
            let last = try await browser.put(
                try #require(known.json["send"]?.string),
                String(text.dropFirst(20))
            )
            #expect(try JSONValue(parsing: last.text)["next"]?.string?.hasSuffix("/columns") == true)
            #expect(world.dependencies.uploads.unfinished(of: author).count == 1)
            #expect(
                try await browser.open("/console/audiences").text.contains("1 file that you have sent has not been")
            )
            #expect(try await browser.open(UploadPagesTests.start).text.contains("\(path.dropLast(5))/columns"))

            let base = String(path.dropLast("/file".count))
            try await browser.submit("\(base)/columns", chosen())
            let once = try #require(browser.value(of: "once"))
            let form = named("CRM") + [(name: "once", value: once), (name: "token", value: browser.token)]
            for _ in 0..<2 {
                #expect(try await browser.post("\(base)/details", form).location == "\(base)/progress")
            }
            _ = try await ended(world, browser, base)
            #expect(world.dependencies.control.entries(.segmentDefinition).count == 1)
            #expect(try audience(world).body["lastEdition"] == 1)
            // Going back and sending a step once more begins nothing.
            #expect(try await browser.submit("\(base)/columns", chosen()).text.contains("Done"))
            #expect(world.dependencies.uploads.unfinished(of: author).isEmpty)
        }
    }

    private var author: ConfigurationChange.Author {
        ConfigurationChange.Author(name: FlowWorld.email, way: .console)
    }

    // MARK: What is wrong

    @Test func `a file that cannot be taken is told before anything is made, with what to do`() async throws {
        try await IngestWorld.run { world in
            let browser = try await world.signedIn()
            let empty = try await begin(browser, "")
            #expect(empty.answer.status == 400 && empty.json["text"]?.string?.contains("The file is empty") == true)
            let files = [
                ("e-mail,city\na@x.example,Ulm\n", "AUDIENCE_COLUMN_NAME"),
                ("email;city,town\na@x.example;Ulm,x\n", "CSV_DELIMITER"),
                ("email,consent\na@x.example,y\n", "AUDIENCE_CONSENT"),
            ]
            for (index, (text, code)) in files.enumerated() {
                let path = try await send(browser, text, stamp: "\(index)")
                let answer = try await browser.submit("\(path)/columns", chosen())
                #expect(answer.status == 400 && answer.text.contains(code), "\(code)")
                #expect(answer.text.contains("Nothing was changed"))
                #expect(try await browser.submit("\(path)/details", named("CRM")).text.contains("How it is written"))
            }
            // Nobody could tell the delimiter: say which, look, go on.
            let path = try await send(browser, "email;city,town\na@x.example;Ulm,x\n", stamp: "d")
            let looked = try await browser.submit(
                "\(path)/columns",
                [("do", "look"), ("encoding", ""), ("delimiter", ";")]
            )
            #expect(looked.status == 200 && looked.text.contains("semicolon, LF") && looked.text.contains("city,town"))
            let wrong = [("do", "next"), ("column", "nothing"), ("namespace", "Email"), ("delimiter", ";")]
            #expect(try await browser.submit("\(path)/columns", wrong.map { (name: $0, value: $1) }).status == 400)
            #expect(world.dependencies.control.entries(.segmentDefinition).isEmpty)
        }
    }

    @Test(arguments: [
        ("name", "", "Give the audience a name"), ("audienceId", "a b", "The external id has"),
        ("ttlInDays", "91", "whole number of days from 1 to 90"), ("ttlInDays", "x", "whole number of days"),
        ("namespace", "ups", "namespace"),
    ])
    func `what is wrong with a new audience is told at its field`(field: String, value: String, text: String)
        async throws
    {
        try await IngestWorld.run { world in
            let browser = try await world.signedIn()
            let path = try await send(browser, "email\na@x.example\n")
            try await browser.submit("\(path)/columns", chosen())
            let form = named("CRM").filter { $0.name != field } + [(name: field, value: value)]
            let answer = try await browser.submit("\(path)/details", form)
            #expect(answer.status == 400 && answer.text.contains(text), "\(answer.text)")
            #expect(answer.text.contains("href=\"#\(field)\""))
            #expect(world.dependencies.control.entries(.segmentDefinition).isEmpty)
            try await browser.submit("\(path)/details", named("CRM"))
            #expect(try await ended(world, browser, path).text.contains("Done"))
        }
    }

    @Test func `every code of uploads is told in a sentence with what to do`() async throws {
        let errors = [
            APIError(.uploadsTooMany, "x"), APIError(.storageFull, "x"), APIError(.uploadState, "x"),
            APIError(.uploadInvalid, "x", members: ["faultCode": "CSV_HEADER"]), APIError(.uploadTooLarge, "x"),
        ]
        for error in errors {
            let text = UploadPages.text(of: error)
            #expect(text.hasSuffix("\(error.code.rawValue))") && text.first?.isLowercase == false, "\(text)")
        }
        try await IngestWorld.run { world in
            let browser = try await world.signedIn()
            for number in 0..<UploadDesk.receivingMax { _ = try await begin(browser, "email\n", stamp: "\(number)") }
            let more = try await begin(browser, "email\n", stamp: "more")
            #expect(more.answer.status == 429 && more.json["again"] == true, "\(more.answer.text)")
            #expect(more.json["text"]?.string?.contains("as soon as one of them is started or discarded") == true)
            let large = try await browser.put(
                "\(UploadPagesTests.start)/begin",
                "name=x&size=\(AudienceFile.bytesMax + 1)&stamp=y",
                isForm: true
            )
            #expect(large.status == 413 && large.text.contains("less than 1 GB"), "\(large.text)")
            let gone = try await browser.open("\(UploadPagesTests.start)/\(UUIDBytes(high: 1, low: 2))/progress")
            #expect(gone.status == 404 && gone.text.contains("upload the file again"))
        }
    }

    @Test func `discarding is asked for, and undoes nothing that was done`() async throws {
        try await IngestWorld.run { world in
            let browser = try await world.signedIn()
            let path = try await send(browser, "email\na@x.example\n")
            let asked = try await browser.open("\(path)/discard")
            #expect(asked.text.contains("No audience has changed") && asked.text.contains("Discard upload"))
            #expect(world.dependencies.uploads.unfinished(of: author).count == 1)
            let gone = try await browser.submit("\(path)/discard")
            #expect(gone.text.contains("The upload is discarded."))
            #expect(world.dependencies.uploads.unfinished(of: author).isEmpty)

            let other = try await send(browser, "email\na@x.example\n")
            try await browser.submit("\(other)/columns", chosen())
            try await browser.submit("\(other)/details", named("CRM"))
            _ = try await ended(world, browser, other)
            #expect(try await browser.open("\(other)/discard").text.contains("The members stay who they are."))
            try await browser.submit("\(other)/discard")
            #expect(try await members(world) == 1)
        }
    }
}
