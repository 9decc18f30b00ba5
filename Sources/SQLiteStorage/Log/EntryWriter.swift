import ActivationCore

/// Writes what an entry of the log says: numbers little-endian, texts and bytes behind their length.
struct EntryWriter {
    private(set) var bytes: [UInt8] = []

    /// Writes into the memory of something written before.
    init(reusing bytes: consuming [UInt8] = []) {
        self.bytes = bytes
        self.bytes.removeAll(keepingCapacity: true)
    }

    mutating func write<Number: FixedWidthInteger & BitwiseCopyable>(_ number: Number) {
        withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func write(_ flag: Bool) { bytes.append(flag ? 1 : 0) }

    mutating func write(_ id: UUIDBytes) {
        write(id.high)
        write(id.low)
    }

    mutating func write(_ value: [UInt8]) {
        write(UInt32(value.count))
        bytes.append(contentsOf: value)
    }

    mutating func write(_ text: String) {
        var text = text
        text.withUTF8 { text in
            write(UInt32(text.count))
            bytes.append(contentsOf: text)
        }
    }

    /// Writes what another one has written.
    mutating func append(_ other: EntryWriter) { bytes.append(contentsOf: other.bytes) }

    /// Whether there is one, then the number.
    mutating func write(_ number: Int64?) {
        write(number != nil)
        if let number { write(number) }
    }

    /// How many there are, then each.
    mutating func write<Element>(_ elements: some Collection<Element>, each: (inout EntryWriter, Element) -> Void) {
        write(UInt32(elements.count))
        for element in elements { each(&self, element) }
    }
}
