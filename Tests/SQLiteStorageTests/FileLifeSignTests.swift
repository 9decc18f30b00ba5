import ActivationEngine
import Foundation
import Synchronization
import Testing

@testable import SQLiteStorage

@Suite struct FileLifeSignTests {
    /// A machine's clock that tests set, and how often it was started.
    private final class Machine: Sendable {
        private let nanoseconds = Mutex<UInt64>(5_000_000_000)
        private let boot = Mutex<String?>("11111111-2222-3333-4444-555555555555")

        var clock: BootClock {
            BootClock(boot: boot.withLock { $0 }) { self.nanoseconds.withLock { $0 } }
        }

        func wait(_ milliseconds: UInt64) { nanoseconds.withLock { $0 += milliseconds * 1_000_000 } }

        func restart(as boot: String?) {
            self.boot.withLock { $0 = boot }
            nanoseconds.withLock { $0 = 1_000_000_000 }
        }
    }

    private let directory: TemporaryDirectory
    private let machine = Machine()

    init() throws {
        directory = try TemporaryDirectory()
    }

    private var file: String { directory.path("headwater.lifesign") }

    private func open() throws -> FileLifeSign {
        try FileLifeSign(directory: directory.path, clock: machine.clock)
    }

    private func silence() throws -> Duration? { try open().silence }

    @Test func `where nobody ever sent anything there is nothing to wait for`() throws {
        #expect(try silence() == nil)
        #expect(try silence() == nil)
    }

    @Test func `a sign tells the next process how long ago it was given`() throws {
        let sign = try open()
        try sign.beat()
        machine.wait(2_500)

        #expect(try silence() == .milliseconds(2_500))
        #expect(sign.silence == nil)
    }

    @Test func `a sign is written at most once in an interval, and never older than one`() throws {
        let sign = try open()
        try sign.beat()
        for _ in 0..<9 {
            machine.wait(100)
            try sign.beat()
        }
        #expect(try silence() == .milliseconds(900))
        machine.wait(100)
        try sign.beat()
        #expect(try silence() == .zero)
        #expect(sign.interval == .seconds(1))
    }

    @Test func `a process that sent nothing leaves the sign of the one before it`() throws {
        try open().beat()
        machine.wait(1_000)
        _ = try open()
        machine.wait(1_000)

        #expect(try silence() == .seconds(2))
    }

    @Test func `a process at rest leaves nothing to wait for, until something is sent again`() throws {
        let sign = try open()
        try sign.beat()
        try sign.rest()
        #expect(try silence() == nil)
        try sign.beat()
        machine.wait(300)
        #expect(try silence() == .milliseconds(300))
    }

    @Test(arguments: ["99999999-2222-3333-4444-555555555555", nil])
    func `a sign of another start of a machine, or of another machine, cannot be told`(_ boot: String?) throws {
        let sign = try open()
        try sign.beat()
        machine.wait(60_000)
        machine.restart(as: boot)
        #expect(try silence() == .zero)

        try sign.rest()
        #expect(try silence() == .zero)
    }

    @Test func `a clock behind the sign cannot be told`() throws {
        machine.wait(10_000)
        try open().beat()
        machine.restart(as: "11111111-2222-3333-4444-555555555555")

        #expect(try silence() == .zero)
    }

    @Test func `a sign cut anywhere or made of anything else cannot be told, and the next one is whole`() throws {
        try open().beat()
        let whole = try Data(contentsOf: URL(fileURLWithPath: file))
        let longer = whole + Data("x".utf8)
        let garbled = [whole.map { $0 ^ 0xff }, [UInt8](repeating: 0, count: whole.count)].map { Data($0) }

        for content in (0..<whole.count).map({ whole.prefix($0) }) + [longer] + garbled {
            try content.write(to: URL(fileURLWithPath: file))
            let sign = try open()
            #expect(sign.silence == .zero)
            if content.count > whole.count { continue }
            try sign.beat()
            machine.wait(100)
            #expect(try silence() == .milliseconds(100))
        }
    }

    @Test func `a sign that cannot be written is an error, and the next one tries again`() throws {
        let full = try OverwrittenFile(path: "/dev/full", initial: "")

        for _ in 0..<2 {
            do throws(StorageError) {
                try full.write("sign")
                Issue.record("a full device took a sign")
            } catch {
                #expect(error.code == .full)
            }
        }
    }

    @Test func `the machine's own clock goes on and its start has a name`() throws {
        let clock = BootClock.machine
        let first = clock.now()

        #expect(clock.boot?.utf8.count == 36)
        #expect(clock.boot == BootClock.machine.boot)
        #expect(first > 0 && clock.now() >= first)
    }
}
