import ActivationCore
import ArgumentParser
import TestSupport
import Testing
import TextFiles

@testable import headwater

/// Files as programs write them, sent: the first column names people, the second one is an attribute.
@Suite struct TableShapeTests {
    private let directory: TestDirectory

    init() throws {
        directory = try TestDirectory()
    }

    private static func arguments(_ shape: TableShape, _ columns: [String]) -> [String] {
        var arguments = ["--map", "\(columns.first ?? "id")=identityMap.Email"]
        if columns.count > 1, columns[1...].count(where: { $0 == columns[1] }) == 1, !columns[1].isEmpty {
            arguments += ["--map", "\(columns[1])=second:\(shape.kind)"]
        }
        if let encoding = shape.encoding { arguments += ["--encoding", encoding] }
        if let delimiter = shape.delimiter { arguments += ["--delimiter", delimiter] }
        return arguments + (shape.hasHeader ? [] : ["--no-header"])
    }

    @Test(arguments: TableShape.all)
    func `a file is sent as it was meant, or refused with line, column and cure`(shape: TableShape) throws {
        let file = try directory.write(shape.bytes, to: "f.csv")

        switch shape.outcome {
        case .failure(_, let words):
            let failure = #expect(throws: CommandFailure.self) { try ReadFile(file, Self.arguments(shape, ["1"])) }
            #expect(failure?.code == .noInput)
            for word in words { #expect(failure?.message.contains(word) == true, "\(failure?.message ?? "")") }
        case .table(let columns, let rows, let refused, let empty):
            let read = try ReadFile(file, Self.arguments(shape, columns))
            let unsent = Set(shape.unsent.compactMap { Int64($0.prefix { $0 != ":" }) })
            let sent = rows.filter { !unsent.contains($0.line) }
            #expect(read.lines == sent.map(\.line))
            #expect(read.entities.map { $0["identityMap"]?["Email"]?[0]?["id"]?.string } == sent.map(\.cells[0]))
            #expect(
                Set(read.places) == Set(refused + shape.unsent) && read.places.count == refused.count + unsent.count
            )
            #expect(shape.cure.isEmpty || read.refusals.contains { $0.message.contains(shape.cure) })
            #expect(read.emptyRows == Int64(empty.count))
            #expect(read.end.offset == Int64(shape.bytes.count))
            guard Self.arguments(shape, columns).contains("\(columns.dropFirst().first ?? "")=second:\(shape.kind)")
            else {
                return
            }
            let texts = sent.map { $0.cells[1].isEmpty ? nil : $0.cells[1] }
            #expect(read.entities.map { Self.text($0["second"]) } == shape.sent ?? texts)
        }
    }

    private static func text(_ value: JSONValue?) -> String? { value.map { $0.string ?? $0.text } }

    @Test(arguments: SpreadsheetShape.all)
    func `the library refuses what the command refuses, in the same words`(shape: SpreadsheetShape) throws {
        let file = try directory.write(shape.bytes, to: shape.file)
        let mapping = shape.arguments.contains("--map") ? [] : SpreadsheetShape.mapping
        let command = try IngestCommand.parse([file] + mapping + shape.arguments)
        var refusals: [IngestChunk.Refusal] = []
        var rows = 0
        do {
            var reader = try CSVReader(InputFile(path: file), options: command.inputOptions)
            while let reading = try reader.next() {
                switch reading {
                case .empty: continue
                case .row: rows += 1
                case .refused(let refusal):
                    refusals.append(
                        IngestChunk.Refusal(
                            line: refusal.place.line,
                            column: refusal.place.column,
                            code: refusal.code,
                            message: refusal.message
                        )
                    )
                }
            }
        } catch let failure as InputFailure {
            let told = #expect(throws: CommandFailure.self) { try ReadFile(command) }
            #expect(told?.message == failure.message)
            return
        }
        // The mapping may not fit the file.
        guard let read = try? ReadFile(command) else { return }

        #expect(refusals.allSatisfy(read.refusals.contains))
        #expect(read.entities.count + read.refusals.count == rows + refusals.count)
    }
}
