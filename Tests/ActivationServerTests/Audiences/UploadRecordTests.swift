import ActivationCore
import ActivationEngine
import Testing
import TextFiles

@testable import ActivationServer

/// What is kept of an upload, and of its refused rows.
struct UploadRecordTests {
    private static let at = Timestamp(milliseconds: 1_772_442_904_123)

    @Test func `what is kept reads back, also before an audience is known`() throws {
        let id = UUIDBytes(high: 1, low: 2)
        var upload = Upload(
            id: id.description,
            audience: nil,
            author: ConfigurationChange.Author(name: "ana@shop.example", way: .console),
            fileName: "crm.csv",
            stamp: "crm.csv-1",
            size: 12,
            createdAt: UploadRecordTests.at,
            updatedAt: UploadRecordTests.at
        )
        #expect(Upload(stored: upload.stored) == upload)
        #expect(upload.json["audienceId"] == nil)
        upload.reading = Upload.Reading(identityColumn: "email", namespace: "Email", encoding: nil, delimiter: ";")
        #expect(Upload(stored: upload.stored) == upload)
        // Nothing is done with one that is for nobody.
        var damaged = upload
        damaged.state = .entering
        #expect(Upload(stored: damaged.stored) == nil)
        damaged.audience = Audience.ID(uuid: id)
        #expect(Upload(stored: damaged.stored) == damaged)
        var object = damaged.stored.object ?? [:]
        object["beginning"] = ["at": 1_772_442_904_123, "entered": 4, "exited": 1]
        let read = try #require(Upload(stored: .object(object)))
        #expect(read.beginning?.counters == MemberCounters(entered: 4, exited: 1))
        #expect(Upload(stored: read.stored) == read)
        for size in [JSONValue.integer(.min), .integer(.max), "12"] {
            var wrong = object
            wrong["size"] = size
            #expect(Upload(stored: .object(wrong)) == nil)
        }
        object["audienceId"] = "x"
        #expect(Upload(stored: .object(object)) == nil)
    }

    @Test func `who came and went is told from one beginning to the next`() throws {
        let hour = BookedHour.number(of: UploadRecordTests.at)
        func counted(_ hours: Int64, _ entered: Int64, _ exited: Int64) -> MemberHour {
            MemberHour(
                start: Timestamp(milliseconds: (hour + hours) * BookedHour.length),
                counters: MemberCounters(entered: entered, exited: exited),
                members: 0
            )
        }
        func beginning(_ hours: Int64, _ entered: Int64, _ exited: Int64) throws -> Upload.Beginning {
            let at = UploadRecordTests.at.milliseconds + hours * BookedHour.length
            return try #require(
                Upload.Beginning(["at": .integer(at), "entered": .integer(entered), "exited": .integer(exited)])
            )
        }
        let hours = [counted(-1, 100, 3), counted(0, 20, 2), counted(2, 7, 5)]
        let first = try beginning(0, 5, 1)
        #expect(first.changes(in: hours, until: nil) == MemberCounters(entered: 22, exited: 6))
        let next = try beginning(2, 4, 0)
        #expect(first.changes(in: hours, until: next) == MemberCounters(entered: 19, exited: 1))
        #expect(next.changes(in: hours, until: nil) == MemberCounters(entered: 3, exited: 5))
        #expect(first.changes(in: [], until: nil) == MemberCounters(entered: -5, exited: -1))
    }

    @Test func `figures that nobody can have are told without an end`() throws {
        var upload = Upload(
            id: UUIDBytes(high: 1, low: 2).description,
            audience: Audience.ID(uuid: UUIDBytes(high: 1, low: 3)),
            author: .server,
            createdAt: Timestamp(milliseconds: 0),
            updatedAt: Timestamp(milliseconds: 0),
            state: .entering
        )
        upload.beginning = Upload.Beginning(["at": 0, "entered": 0, "exited": 0])
        upload.found.accepted = 1 << 50
        upload.rows.accepted = 1
        let far = Timestamp(milliseconds: 1 << 50)
        #expect(UploadReport(upload, nil).text(at: far).hasSuffix("0 % · < 0.1/s"))
        upload.rows.accepted = 1 << 49
        let near = Timestamp(milliseconds: 90_000)
        #expect(UploadReport(upload, nil).text(at: near).hasSuffix("/s · about 1 min left"))
    }

    @Test func `refused rows are written and read, and one that is cut off is left out`() {
        let rows = [
            TextRefusal("CSV_WIDTH", "a row, \"short\"", at: TextPlace(line: 3, column: 1)),
            TextRefusal("CSV_VALUE", "", at: TextPlace(line: 4_000_000_000, column: 7)),
        ]
        let list = Array(RefusalList.header.utf8) + rows.flatMap(RefusalList.line)
        #expect(RefusalList.rows(list) == rows)
        #expect(RefusalList.rows(Array(list.dropLast(4))) == [rows[0]])
        #expect(RefusalList.rows(Array("line".utf8)).isEmpty && RefusalList.rows([]).isEmpty)
        #expect(RefusalList.rows(Array("x\n1,2\nx,y,z,\"\"\n".utf8)).isEmpty)
        let reasons = RefusalReason.all(in: [rows[0], rows[1], rows[0]])
        #expect(reasons.map(\.count) == ["2", "1"] && reasons[0].lines == "3 · 3")
        #expect(reasons[0].text == "A row, \"short\".")
        let many = RefusalReason.all(in: (0..<30).map { TextRefusal("X", "x", at: TextPlace(line: $0, column: 1)) })
        #expect(many[0].count == "30" && many[0].lines.hasSuffix("and 10 more"))
    }
}
