import Kinesis

/// The records of a measurement, made at little cost beside what is measured: the keys take turns.
struct BenchRecords {
    private let partitionKeys: [String]
    private let filler: [UInt8]

    /// Records over so many keys, of so many bytes each, 64 or more.
    init(keys: Int, size: Int) {
        partitionKeys = (0..<keys).map { "profile-\($0)" }
        filler = [UInt8](repeating: UInt8(ascii: "#"), count: size)
    }

    /// The record of a number; its data starts with `~k=<key number>;s=<1, 2, 3 … per key>~`.
    func record(_ number: Int) -> KinesisRecord {
        let key = number % partitionKeys.count
        var data = filler
        var end = 0
        Self.write("~k=", to: &data, &end)
        Self.write(key, to: &data, &end)
        Self.write(";s=", to: &data, &end)
        Self.write(number / partitionKeys.count + 1, to: &data, &end)
        Self.write("~", to: &data, &end)
        return KinesisRecord(
            token: UInt64(number),
            orderingKey: OrderingKey(high: UInt64(key), low: 0),
            partitionKey: partitionKeys[key],
            data: data
        )
    }

    private static func write(_ text: StaticString, to data: inout [UInt8], _ end: inout Int) {
        text.withUTF8Buffer { bytes in
            for byte in bytes {
                data[end] = byte
                end += 1
            }
        }
    }

    /// Decimal digits.
    private static func write(_ number: Int, to data: inout [UInt8], _ end: inout Int) {
        var divisor = 1
        while number / divisor >= 10 { divisor *= 10 }
        while divisor > 0 {
            data[end] = UInt8(ascii: "0") + UInt8(number / divisor % 10)
            end += 1
            divisor /= 10
        }
    }
}
