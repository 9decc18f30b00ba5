import ActivationCore
import ActivationEngine
import Glibc
import HTTPTypes
import Testing

@testable import ActivationServer

/// Files of members (BEHAVIOUR 5.7).
@Suite(.timeLimit(.minutes(5))) struct UploadTests {
    private static let day: Int64 = 86_400_000

    private func audience(_ world: IngestWorld, _ more: JSONObject = [:]) async throws -> String {
        var body: JSONObject = ["name": "crm", "type": "ExternalSegment", "audienceId": "crm_gold"]
        for (key, value) in more { body[key] = value }
        let made = try await world.send(.post, "/data/core/ups/audiences", JSONValue.object(body).text)
        return try #require(made["id"]?.string, "\(made.text)")
    }

    private func shown(_ world: IngestWorld, _ id: String) async throws -> IngestWorld.Answer {
        try await world.send(.get, "/data/core/ups/audiences/\(id)")
    }

    /// Sends a file whole.
    private func send(_ world: IngestWorld, _ audience: String, _ text: String) async throws -> String {
        let begun = try await world.send(.post, "/v1/audiences/\(audience)/uploads", #"{"fileName":"crm.csv"}"#)
        #expect(begun.status == 201 && begun["state"] == "receiving", "\(begun.text)")
        let id = try #require(begun["id"]?.string)
        let sent = try await world.send(.put, "/v1/uploads/\(id)/content", text)
        #expect(sent.status == 200 && sent["received"] == .integer(Int64(text.utf8.count)), "\(sent.text)")
        return id
    }

    private func start(_ world: IngestWorld, _ id: String) async throws -> IngestWorld.Answer {
        try await world.send(.post, "/v1/uploads/\(id)/start", #"{"identityColumn":"email","namespace":"Email"}"#)
    }

    /// Waits until an upload has ended, and its audience is evaluated for everybody.
    private func ended(_ world: IngestWorld, _ id: String) async throws -> IngestWorld.Answer {
        while true {
            let upload = try await world.send(.get, "/v1/uploads/\(id)")
            guard upload["state"] == "checking" || upload["state"] == "entering" else {
                let audience = upload["audienceId"]?.string.flatMap { UUIDBytes($0) }
                while let audience,
                    world.dependencies.engine.evaluationProgress(Audience.ID(uuid: audience))?.isDone == false
                {
                    await Task.yield()
                }
                return upload
            }
            await Task.yield()
        }
    }

    private func upload(_ world: IngestWorld, _ audience: String, _ text: String) async throws -> IngestWorld.Answer {
        let id = try await send(world, audience, text)
        let started = try await start(world, id)
        #expect(started.status == 202, "\(started.text)")
        return try await ended(world, id)
    }

    private func isMember(_ world: IngestWorld, _ audience: String, _ email: String) async throws -> Bool? {
        let answer = try await world.send(.get, "/v1/explain?audience=\(audience)&namespace=Email&value=\(email)")
        return answer["membership"].map { $0["status"] == "realized" } ?? false
    }

    private func advance(_ world: IngestWorld, by amount: Int64) {
        (world.dependencies.time as? IngestWorld.Clock)?.advance(by: amount)
    }

    // MARK: Membership

    @Test func `the next file takes the place of the one before, and exactly the difference exits`() async throws {
        try await IngestWorld.run { world in
            let id = try await audience(world)
            let first = try await upload(world, id, "email,city\na@x.example,Ulm\nb@x.example,Bonn\nc@x.example,Köln\n")
            #expect(first["state"] == "succeeded" && first["edition"] == 1, "\(first.text)")
            #expect(first["rows"] == ["accepted": 3, "refused": 0, "empty": 0] && first["newProfiles"] == 3)
            #expect(try await shown(world, id)["memberCount"] == 3)
            #expect(try await shown(world, id)["edition"] == 1)

            let second = try await upload(world, id, "email;city\r\nb@x.example;Bonn\r\nd@x.example;Ulm\r\n")
            #expect(second["state"] == "succeeded" && second["edition"] == 2, "\(second.text)")
            #expect(second["newProfiles"] == 1)
            #expect(try await shown(world, id)["memberCount"] == 2)
            for (email, isIn) in [("a", false), ("b", true), ("c", false), ("d", true)] {
                #expect(try await isMember(world, id, "\(email)@x.example") == isIn, "\(email)")
            }
            // What else the file says is no part of the profile.
            let profile = try await world.send(
                .get,
                "/data/core/ups/access/entities?schema.name=_xdm.context.profile&entityId=d@x.example&entityIdNS=Email"
            )
            #expect(profile.status == 200 && !profile.text.contains("Ulm"), "\(profile.text)")
            let listed = try await world.send(.get, "/v1/audiences/\(id)/uploads")
            #expect(Set(listed["uploads"]?.array?.compactMap { $0["edition"]?.int64 } ?? []) == [1, 2])
        }
    }

    @Test func `one row without data empties the audience, and a header alone changes nothing`() async throws {
        try await IngestWorld.run { world in
            let id = try await audience(world)
            _ = try await upload(world, id, "email,city\na@x.example,Ulm\n")
            let bare = try await upload(world, id, "email,city\n")
            #expect(bare["state"] == "failed" && bare["trouble"]?.string?.contains("one row without data") == true)
            #expect(try await shown(world, id)["memberCount"] == 1)
            let empty = try await upload(world, id, "email,city\n,\n")
            #expect(empty["state"] == "succeeded" && empty["rows"] == ["accepted": 0, "refused": 0, "empty": 1])
            #expect(try await shown(world, id)["memberCount"] == 0)
        }
    }

    @Test func `rows that cannot be taken are told with line and reason, and the rest counts`() async throws {
        try await IngestWorld.run { world in
            let id = try await audience(world)
            let file = """
                email,city
                a@x.example,Ulm
                ,Bonn
                b@x.example
                "c@x.example,Bonn
                d@x.example,Ulm
                #N/A,Ulm
                """
            let done = try await upload(world, id, file)
            #expect(done["state"] == "succeeded", "\(done.text)")
            #expect(done["rows"] == ["accepted": 2, "refused": 4, "empty": 0], "\(done.text)")
            let refused = try await world.send(.get, "/v1/uploads/\(done["id"]?.string ?? "")/refusals")
            let lines = refused.text.split(whereSeparator: \.isNewline)
            #expect(lines.first == "line,column,code,message")
            let places = lines.dropFirst().map { $0.split(separator: ",").prefix(3).joined(separator: ",") }
            #expect(places.map { $0.split(separator: ",")[0] } == ["3", "4", "5", "7"], "\(refused.text)")
            #expect(!refused.text.contains("x.example"))
            let none = try await upload(world, id, "email,city\n,Ulm\n,Bonn\n")
            #expect(none["state"] == "failed", "\(none.text)")
            let reasons = try await world.send(.get, "/v1/uploads/\(none["id"]?.string ?? "")/refusals")
            #expect(reasons.text.split(whereSeparator: \.isNewline).count == 3, "\(reasons.text)")
            #expect(try await shown(world, id)["memberCount"] == 2)
        }
    }

    // MARK: The file

    @Test(arguments: [
        ("e mail,city\na@x.example,Ulm\n", "AUDIENCE_COLUMN_NAME"), ("e-mail\na@x.example\n", "AUDIENCE_COLUMN_NAME"),
        ("email,email\na@x.example,b\n", "AUDIENCE_COLUMN_NAME"), ("email,\na@x.example,b\n", "AUDIENCE_COLUMN_NAME"),
        (
            "email," + (1...25).map { "c\($0)" }.joined(separator: ",") + "\na@x.example"
                + String(repeating: ",", count: 25) + "\n", "AUDIENCE_COLUMNS"
        ), ("email,consents.marketing\na@x.example,y\n", "AUDIENCE_CONSENT"),
        ("email;city,town\na;b,c\n", "CSV_DELIMITER"),
        ("PK\u{3}\u{4}abc", "FILE_NOT_TEXT"),
    ])
    func `a file that cannot be taken at all is refused before anything is stored`(
        text: String,
        code: String
    ) async throws {
        try await IngestWorld.run { world in
            let audience = try await audience(world)
            let id = try await send(world, audience, text)
            let refused = try await start(world, id)
            #expect(refused.status == 400 && refused.errorCode == "UPLOAD_INVALID", "\(refused.text)")
            #expect(refused["faultCode"] == .string(code), "\(refused.text)")
            #expect(try await shown(world, audience)["lastEdition"] == 0)
        }
    }

    @Test func `how a file is read is shown before anything of it is taken`() async throws {
        try await IngestWorld.run { world in
            let id = try await send(world, try await audience(world), "\u{FEFF}email;city\na@x.example;Ulm\nb\n;\n")
            let layout = try await world.send(.get, "/v1/uploads/\(id)/layout")
            #expect(layout["encoding"] == "utf-8" && layout["byteOrderMark"] == true, "\(layout.text)")
            #expect(layout["delimiter"] == "semicolon" && layout["columns"] == ["email", "city"])
            #expect(
                layout["rows"] == 1 && layout["emptyRows"] == 1 && layout["isWhole"] == true && layout["faults"] == []
            )
            #expect(layout["refusals"]?.array?.map { $0["line"] } == [3])
            let asked = try await world.send(.get, "/v1/uploads/\(id)/layout?delimiter=,")
            #expect(asked["columns"] == ["email;city"], "\(asked.text)")
            #expect(try await world.send(.get, "/v1/uploads/\(id)/layout?encoding=ebcdic").errorCode == "FIELD_INVALID")
        }
    }

    @Test func `bytes follow on those received, and a file is started once and whole`() async throws {
        try await IngestWorld.run { world in
            let audience = try await audience(world)
            let begun = try await world.send(.post, "/v1/audiences/\(audience)/uploads", #"{"size":18}"#)
            let id = try #require(begun["id"]?.string)
            #expect(try await start(world, id).errorCode == "UPLOAD_STATE")
            #expect(try await world.send(.put, "/v1/uploads/\(id)/content", "email\n")["received"] == 6)
            let gap = try await world.send(.put, "/v1/uploads/\(id)/content?offset=7", "x")
            #expect(gap.status == 409 && gap.errorCode == "UPLOAD_OFFSET" && gap["received"] == 6)
            #expect(try await start(world, id).errorCode == "UPLOAD_STATE")
            let more = try await world.send(.put, "/v1/uploads/\(id)/content?offset=6", "aa@x.example\nb")
            #expect(more.status == 413 && more.errorCode == "UPLOAD_TOO_LARGE")
            #expect(try await world.send(.put, "/v1/uploads/\(id)/content?offset=6", "a@x.example\n")["received"] == 18)
            #expect(try await start(world, id).status == 202)
            #expect(try await ended(world, id)["state"] == "succeeded")
            #expect(try await start(world, id).errorCode == "UPLOAD_STATE")
            #expect(try await world.send(.put, "/v1/uploads/\(id)/content?offset=18", "x").errorCode == "UPLOAD_STATE")
            #expect(try await world.send(.delete, "/v1/uploads/\(id)").status == 204)
            #expect(try await world.send(.get, "/v1/uploads/\(id)").errorCode == "UPLOAD_UNKNOWN")
            let large = try await world.send(.post, "/v1/audiences/\(audience)/uploads", #"{"size":1073741824}"#)
            #expect(large.status == 413 && large.errorCode == "UPLOAD_TOO_LARGE")
        }
    }

    // MARK: Expiry

    @Test func `members expire together, and an upload begins anew after that`() async throws {
        try await IngestWorld.run { world in
            let id = try await audience(world, ["ttlInDays": 10])
            _ = try await upload(world, id, "email\na@x.example\nb@x.example\n")
            let start = world.dependencies.time.now().milliseconds
            #expect(try await shown(world, id)["expireTime"] == .integer(start + 10 * Self.day))
            let early = try await world.send(.post, "/v1/audiences/\(id)/refresh")
            #expect(early.status == 409 && early.errorCode == "REFRESH_TOO_SOON", "\(early.text)")

            // Any change of the audience lets its members stay for its days again.
            advance(world, by: Self.day)
            let renamed = try await world.send(
                .patch,
                "/data/core/ups/audiences/\(id)",
                #"[{"op":"replace","path":"/name","value":"CRM"}]"#
            )
            #expect(renamed["expireTime"] == .integer(start + 11 * Self.day), "\(renamed.text)")

            advance(world, by: 4 * Self.day)
            let refreshed = try await world.send(.post, "/v1/audiences/\(id)/refresh")
            #expect(refreshed["expireTime"] == .integer(start + 15 * Self.day), "\(refreshed.text)")
            advance(world, by: 10 * Self.day + 1)
            let line = #"{"namespace":"Email","id":"c@x.example"}"#
            let late = try await world.send(.put, "/v1/audiences/\(id)/members", line)
            #expect(late.status == 409 && late.errorCode == "AUDIENCE_EXPIRED")
            #expect(try await world.send(.post, "/v1/audiences/\(id)/refresh").errorCode == "AUDIENCE_EXPIRED")

            let again = try await upload(world, id, "email\nb@x.example\n")
            #expect(again["state"] == "succeeded", "\(again.text)")
            #expect(try await shown(world, id)["memberCount"] == 1)
            #expect(try await isMember(world, id, "a@x.example") == false)
        }
    }

    @Test func `nobody expires while a file is read, and who was named stays when it is given up`() async throws {
        try await IngestWorld.run { world in
            let id = try await audience(world, ["ttlInDays": 1])
            _ = try await upload(world, id, "email\na@x.example\n")
            let made = try await send(world, id, "email\nb@x.example\n")
            let stored = try world.dependencies.uploads.upload(made)
            let edition = UploadEdition(
                audience: try #require(stored.audience),
                author: stored.author,
                control: world.dependencies.control
            )
            let beginning = try await edition.begin()
            #expect(beginning.number == 2)
            #expect(beginning.expireTimeBefore == world.dependencies.time.now().milliseconds + Self.day)
            #expect(try await shown(world, id)["expireTime"] == nil)
            advance(world, by: 2 * Self.day)
            #expect(
                try await world.send(.put, "/v1/audiences/\(id)/members", #"{"namespace":"Email","id":"c@x.example"}"#)[
                    "accepted"
                ] == 1
            )
            #expect(try await shown(world, id)["memberCount"] == 2)
            try await edition.abandon()
            let end = world.dependencies.time.now().milliseconds + Self.day
            #expect(try await shown(world, id)["expireTime"] == .integer(end))
        }
    }

    @Test func `a file of which no row can be taken leaves the audience as it was, expired or not`() async throws {
        try await IngestWorld.run { world in
            let id = try await audience(world, ["ttlInDays": 2])
            _ = try await upload(world, id, "email\na@x.example\n")
            let before = try await shown(world, id)
            for text in ["email\nnull\nn/a\n", "email\n#N/A\n"] {
                let failed = try await upload(world, id, text)
                #expect(failed["state"] == "failed" && failed["edition"] == nil, "\(failed.text)")
            }
            #expect(try await shown(world, id).json == before.json)
            // What is refused only when it is decided: an identity that may not come again.
            _ = try await world.send(.post, "/data/core/ups/audiences", #"{"name":"r","expression":{"value":"1 = 1"}}"#)
            advance(world, by: 3 * Self.day)
            let expired = try await upload(world, id, "email\nnull\n")
            #expect(expired["state"] == "failed", "\(expired.text)")
            let late = try await world.send(
                .put,
                "/v1/audiences/\(id)/members",
                #"{"namespace":"Email","id":"c@x.example"}"#
            )
            #expect(late.errorCode == "AUDIENCE_EXPIRED", "\(late.text)")
        }
    }

    @Test func `who is no member of anything is not made for it`() async throws {
        try await IngestWorld.run { world in
            let id = try await audience(world)
            let line = #"{"namespace":"Email","id":"nobody@x.example"}"#
            #expect(try await world.send(.delete, "/v1/audiences/\(id)/members", line)["accepted"] == 1)
            let query =
                "/data/core/ups/access/entities?schema.name=_xdm.context.profile&entityId=nobody@x.example&entityIdNS=Email"
            #expect(try await world.send(.get, query).status == 404)
        }
    }

    @Test func `uploads go with their audience, and one that rests gets its end when it is given up`() async throws {
        try await IngestWorld.run { world in
            let id = try await audience(world)
            let waiting = try await send(world, id, "email\na@x.example\n")
            let path = "/data/core/ups/audiences/\(id)"
            #expect(try await world.send(.delete, path).status / 100 == 2)
            #expect(try await world.send(.get, "/v1/uploads/\(waiting)").status == 404)
            #expect(access("\(world.dependencies.uploads.folder?.path ?? "")/\(waiting)", F_OK) != 0)

            let other = try await audience(world, ["ttlInDays": 5])
            let edition = UploadEdition(
                audience: Audience.ID(uuid: try #require(UUIDBytes(other))),
                author: .server,
                control: world.dependencies.control
            )
            // An audience to which nobody ever uploaded has no end.
            try await edition.abandon()
            #expect(try await shown(world, other)["expireTime"] == nil)
            _ = try await edition.begin()
            let patch = #"[{"op":"add","path":"/lifecycleState","value":"inactive"}]"#
            #expect(try await world.send(.patch, "/data/core/ups/audiences/\(other)", patch).status == 200)
            // Nothing is under way, so housekeeping sees to it.
            await world.dependencies.uploads.forgetOld()
            let end = world.dependencies.time.now().milliseconds + 5 * Self.day
            #expect(try await shown(world, other)["expireTime"] == .integer(end))
        }
    }

    @Test func `a file is what was received, neither more nor less`() async throws {
        try await IngestWorld.run { world in
            let folder = try #require(world.dependencies.uploads.folder)
            let id = try await audience(world)
            let text = "email\na@x.example\n"
            let longer = try await send(world, id, text)
            try folder.write(
                Array("b@x.example\n".utf8),
                at: Int64(text.utf8.count),
                to: .content,
                of: longer,
                durably: true
            )
            #expect(try await start(world, longer).status == 202)
            let ended = try await ended(world, longer)
            #expect(ended["state"] == "succeeded" && ended["rows"]?["accepted"] == 1, "\(ended.text)")
            #expect(try await isMember(world, id, "b@x.example") == false)

            let shorter = try await send(world, id, text)
            #expect(try folder.cut(shorter, to: 10))
            let refused = try await start(world, shorter)
            #expect(
                refused.errorCode == "UPLOAD_INVALID" && refused["faultCode"] == "FILE_INCOMPLETE",
                "\(refused.text)"
            )
            let more = try await world.send(.put, "/v1/uploads/\(shorter)/content?offset=\(text.utf8.count)", "x")
            #expect(more.errorCode == "UPLOAD_INVALID", "\(more.text)")
            #expect(try await shown(world, id)["memberCount"] == 1)
        }
    }

    @Test func `what is kept of an upload is read back, and nothing else is taken for it`() throws {
        var upload = Upload(
            id: UUIDBytes(high: 1, low: 2).description,
            audience: Audience.ID(uuid: UUIDBytes(high: 3, low: 4)),
            author: ConfigurationChange.Author(name: "x", way: .api),
            createdAt: Timestamp(milliseconds: 5),
            updatedAt: Timestamp(milliseconds: 6)
        )
        #expect(Upload(stored: upload.stored) == upload)
        upload.state = .entering
        upload.edition = 7
        upload.reading = Upload.Reading(identityColumn: "a", namespace: "Email")
        upload.rows = Upload.Rows(accepted: 1, refused: 2, empty: 3)
        upload.place = Upload.Place(offset: 9, line: 8, refusalBytes: 7)
        #expect(Upload(stored: upload.stored) == upload)
        let stored = try #require(upload.stored.object)
        for (name, value) in stored {
            for other in [JSONValue.null, -1, .integer(.max), "x", [:]] where other != value {
                var damaged = stored
                damaged[name] = other
                // Whatever it is read as, figures of it can be added.
                if let read = Upload(stored: .object(damaged)) { #expect(read.rows.count + read.found.count >= 0) }
                guard ["rows", "place", "received", "createdAtMs", "state", "author"].contains(name) else { continue }
                #expect(Upload(stored: .object(damaged)) == nil, "\(name)")
            }
        }
    }

    @Test func `an audience of a rule, or one that rests, takes no file`() async throws {
        try await IngestWorld.run { world in
            let rule = try await world.send(
                .post,
                "/data/core/ups/audiences",
                #"{"name":"r","expression":{"value":"age > 2"}}"#
            )
            let path = "/v1/audiences/\(rule["id"]?.string ?? "")/uploads"
            #expect(try await world.send(.post, path, "{}").errorCode == "AUDIENCE_NOT_EXTERNAL")
            let inactive = try await audience(world, ["lifecycleState": "inactive"])
            let refused = try await world.send(.post, "/v1/audiences/\(inactive)/uploads", "{}")
            #expect(refused.errorCode == "AUDIENCE_STATE_CONFLICT")
        }
    }
}
