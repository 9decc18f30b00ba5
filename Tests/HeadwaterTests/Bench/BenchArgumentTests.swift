import ArgumentParser
import HeadwaterBench
import Testing

@testable import headwater

@Suite struct BenchArgumentTests {
    @Test(arguments: [
        ["--history", ""], ["--history", "0"], ["--history", "10,x"], ["--history", "10,"], ["--history", "4501"],
        ["--sets", "sum,median"], ["--sets", ""], ["--profiles", "0"], ["--profiles", "4001"], ["--events", "0"],
        ["--audiences", "0"], ["--seconds", "0"], ["--seconds", "nan"], ["--seconds", "-1"],
    ])
    func `what events cannot be measured with is refused`(arguments: [String]) {
        #expect(throws: (any Error).self) { try EventsBenchCommand.parse(arguments) }
    }

    @Test func `events are measured with what was asked`() throws {
        let options = try EventsBenchCommand.parse([
            "--history", "100,1,100", "--sets", "max,sum-30d", "--audiences", "3", "--profiles", "7", "--events", "9",
            "--seconds", "0.5",
            "--seed", "18446744073709551615",
        ]).options

        #expect(options.histories == [1, 100])
        #expect(options.sets == [.max, .sumInWindow])
        #expect(options.audiences == 3)
        #expect(options.profiles == 7)
        #expect(options.events == 9)
        #expect(options.seconds == 0.5)
        #expect(options.seed == .max)
    }

    @Test(arguments: [["--audiences", "0"], ["--audiences", "10001"], ["--profiles", "0"], ["--batch", "4001"]])
    func `what the engine cannot be measured with is refused`(arguments: [String]) {
        #expect(throws: (any Error).self) { try EngineBenchCommand.parse(arguments) }
    }
}
