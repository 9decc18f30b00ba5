package import ActivationCore
package import ActivationEngine
import Crypto

/// The digests by which the history is a chain: each is SHA-256 of the digest before and of the whole entry.
///
/// So nobody can change an entry, take one out or turn two round without all digests after it being wrong, up to the last one,
/// which is kept beside the entries.
package enum HistoryChain {
    /// One entry, column by column.
    package struct Entry {
        /// Its number.
        package var sequence: Int64
        /// Whose it is.
        package var scope: Int64
        /// When it was made.
        package var changedAt: Int64
        /// Author, way, request, action, kind, object, name, difference; then, where there is either, outcome and sender.
        package var texts: [[UInt8]]

        /// Creates an entry of columns.
        package init(sequence: Int64, scope: Int64, changedAt: Int64, texts: [[UInt8]]) {
            (self.sequence, self.scope, self.changedAt, self.texts) = (sequence, scope, changedAt, texts)
        }
    }

    /// The last entry that has gone since its time was over.
    package struct Base {
        /// Its number.
        package var sequence: Int64
        /// Its digest.
        package var digest: [UInt8]
        /// When it was made.
        package var changedAt: Int64

        /// Creates a base.
        package init(sequence: Int64, digest: [UInt8], changedAt: Int64) {
            (self.sequence, self.digest, self.changedAt) = (sequence, digest, changedAt)
        }

        /// Of all of it, so that no part of it is changed alone.
        package var seal: [UInt8] {
            HistoryChain.digest(of: Entry(sequence: sequence, scope: 0, changedAt: changedAt, texts: []), after: digest)
        }

        /// Whether its time was over when an entry of some instant was made.
        package func isOver(at newest: Int64) -> Bool {
            changedAt <= ConfigurationChange.oldest(keptAt: Timestamp(milliseconds: newest)).milliseconds
        }
    }

    /// What stands for the digest before the first entry.
    package static let beginning = [UInt8](repeating: 0, count: SHA256.byteCount)

    /// The digest of an entry.
    ///
    /// - Parameters:
    ///   - entry: The entry.
    ///   - previous: The digest of the one before it.
    /// - Returns: 32 bytes.
    package static func digest(of entry: Entry, after previous: [UInt8]) -> [UInt8] {
        var hash = SHA256()
        hash.update(data: previous)
        for number in [entry.sequence, entry.scope, entry.changedAt] { hash.update(bytesOf: number) }
        for text in entry.texts {
            // With its length, so that no byte can go over into the next column.
            hash.update(bytesOf: Int64(text.count))
            hash.update(data: text)
        }
        return Array(hash.finalize())
    }
}

extension HistoryChain.Entry {
    /// Digests of entries that have neither stay as they were.
    package mutating func add(outcome: [UInt8], sender: [UInt8]) {
        if !outcome.isEmpty || !sender.isEmpty { texts += [outcome, sender] }
    }

    /// Creates the entry of a change.
    package init(_ change: ConfigurationChange, sequence: Int64, scope: Scope) {
        self.init(
            sequence: sequence,
            scope: scope.rawValue,
            changedAt: change.changedAt.milliseconds,
            texts: [
                change.author.name, change.author.way.rawValue, change.author.requestID ?? "", change.action.rawValue,
                change.kind, change.id, change.name,
            ].map { Array($0.utf8) } + [change.difference]
        )
        add(outcome: Array(change.outcome.rawValue.utf8), sender: Array((change.author.sender ?? "").utf8))
    }
}

extension SHA256 {
    fileprivate mutating func update(bytesOf number: Int64) {
        withUnsafeBytes(of: number.bigEndian) { update(bufferPointer: $0) }
    }
}
