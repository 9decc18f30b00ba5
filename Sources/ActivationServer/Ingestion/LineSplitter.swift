/// Cuts a stream of bytes into lines, wherever its chunks begin and end; holds at most one line.
///
/// Lines end with LF or CRLF, the last one may end with the stream. Blank lines count but are not reported
/// (BEHAVIOUR 6.5).
struct LineSplitter {
    /// What stands on one line.
    enum Line {
        /// The bytes without the line end; valid only while they are being looked at.
        case content(UnsafeBufferPointer<UInt8>)
        /// More bytes than a line may have; what they were is not kept.
        case tooLong
    }

    /// The number of the last line that was begun; the first line is 1.
    private(set) var lineNumber = 1
    private let lineBytesMax: Int
    /// The beginning of a line whose end has not come yet.
    private var pending: [UInt8] = []
    private var isSkipping = false

    /// Creates a splitter for lines of at most `lineBytesMax` bytes, line end not counted.
    init(lineBytesMax: Int) {
        precondition(lineBytesMax > 0)
        self.lineBytesMax = lineBytesMax
    }

    /// Takes the next bytes and reports each line that they complete, with its number.
    mutating func append(_ chunk: UnsafeBufferPointer<UInt8>, _ report: (Int, Line) -> Void) {
        var rest = chunk[...]
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            complete(rest[..<end], report)
            lineNumber += 1
            rest = rest[(end + 1)...]
        }
        hold(rest)
    }

    /// Reports the last line if the stream ended without a line end.
    mutating func finish(_ report: (Int, Line) -> Void) {
        complete(UnsafeBufferPointer(start: nil, count: 0)[...], report)
    }

    /// Ends the current line with `tail`, which follows what is pending.
    private mutating func complete(
        _ tail: Slice<UnsafeBufferPointer<UInt8>>,
        _ report: (Int, Line) -> Void
    ) {
        if isSkipping {
            isSkipping = false
            report(lineNumber, .tooLong)
        } else if pending.isEmpty {
            emit(UnsafeBufferPointer(rebasing: tail), report)
        } else {
            pending.append(contentsOf: tail)
            pending.withUnsafeBufferPointer { emit($0, report) }
            pending.removeAll(keepingCapacity: true)
        }
    }

    private func emit(_ line: UnsafeBufferPointer<UInt8>, _ report: (Int, Line) -> Void) {
        let hasReturn = line.last == UInt8(ascii: "\r")
        let content = UnsafeBufferPointer(rebasing: hasReturn ? line.dropLast() : line[...])
        guard content.count <= lineBytesMax else { return report(lineNumber, .tooLong) }
        let isBlank = content.allSatisfy { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
        if !isBlank { report(lineNumber, .content(content)) }
    }

    /// Keeps the beginning of a line, or only that it is too long.
    private mutating func hold(_ beginning: Slice<UnsafeBufferPointer<UInt8>>) {
        guard !isSkipping else { return }
        // One byte more than a line may have: it can be the CR of a line end.
        if pending.count + beginning.count > lineBytesMax + 1 {
            pending.removeAll(keepingCapacity: true)
            isSkipping = true
        } else {
            pending.append(contentsOf: beginning)
        }
    }
}
