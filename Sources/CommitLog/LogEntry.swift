/// What was appended to the log at once.
package struct LogEntry: Sendable {
    /// Its number: one more than that of the entry before it.
    package var number: UInt64
    /// What it is, in its writer's words.
    package var kind: UInt32
    /// What was written.
    package var bytes: [UInt8]

    /// Creates an entry.
    package init(number: UInt64, kind: UInt32, bytes: [UInt8]) {
        (self.number, self.kind, self.bytes) = (number, kind, bytes)
    }
}
