import ActivationCore
import ActivationEngine

/// A person's message before and after a change, line by line, its values masked.
struct MessageComparison: Sendable, Equatable {
    /// A line.
    struct Line: Sendable, Equatable {
        let text: String
        /// Whether it is only in the message after the change.
        let isAdded: Bool
        /// Whether it is only in the message before.
        let isRemoved: Bool
    }

    let id: String
    /// Its place among those that are shown.
    let number: String
    /// Whether it is the one that is not folded away.
    let isFirst: Bool
    let about: String
    let lines: [Line]

    /// Lines of a message that are compared; of longer ones the rest is not shown.
    private static let linesMax = 400

    init(number: Int, about: String, lines: [Line]) {
        id = "message-\(number)"
        self.number = String(number)
        isFirst = number == 1
        self.about = about
        self.lines = lines
    }

    /// Compares the messages of a rehearsal.
    init(_ message: RehearsedMessage, number: Int) {
        let before = message.before.map { MaskedMessage.lines(of: $0.payload) }
        let after = message.after.map { MaskedMessage.lines(of: $0.payload) }
        let about: String
        switch (before, after) {
        case (nil, _) where message.isSent: about = "Sent now; nothing would be sent of this profile as things are."
        case (_, nil): about = "Nothing would be sent of this profile any more."
        case _ where message.isSent: about = "Sent now."
        default: about = "As it would be when something calls for it."
        }
        self.init(
            number: number,
            about: "\(about) Of values the kind and the size.",
            lines: MessageComparison.lines(before ?? "", after ?? "")
        )
    }

    /// The lines of two texts, those in common once.
    static func lines(_ before: String, _ after: String) -> [Line] {
        let (old, new) = (parts(of: before), parts(of: after))
        // Lines as numbers, equal for those that say the same: they are compared many times.
        var numbers: [ByteKey: Int] = [:]
        func number(_ line: String) -> Int {
            // That a member follows is nothing of its own.
            let said = ByteKey(line.utf8.last == UInt8(ascii: ",") ? String(line.dropLast()) : line)
            let next = numbers.count
            numbers[said] = numbers[said] ?? next
            return numbers[said] ?? next
        }
        let (olds, news) = (old.map(number), new.map(number))
        // How many lines the rests from two places on have in common.
        var common = Array(repeating: Array(repeating: 0, count: news.count + 1), count: olds.count + 1)
        for i in olds.indices.reversed() {
            for j in news.indices.reversed() {
                common[i][j] =
                    olds[i] == news[j] ? common[i + 1][j + 1] + 1 : max(common[i + 1][j], common[i][j + 1])
            }
        }
        var (i, j) = (0, 0)
        var lines: [Line] = []
        while i < old.count || j < new.count {
            if i < old.count, j < new.count, olds[i] == news[j] {
                lines.append(Line(text: "  \(new[j])", isAdded: false, isRemoved: false))
                (i, j) = (i + 1, j + 1)
            } else if j == new.count || i < old.count && common[i + 1][j] >= common[i][j + 1] {
                lines.append(Line(text: "− \(old[i])", isAdded: false, isRemoved: true))
                i += 1
            } else {
                lines.append(Line(text: "+ \(new[j])", isAdded: true, isRemoved: false))
                j += 1
            }
        }
        return lines
    }

    private static func parts(of text: String) -> [String] {
        let lines = text.split(whereSeparator: \.isNewline).map(String.init)
        return lines.count > linesMax ? lines.prefix(linesMax) + ["…"] : lines
    }
}
