/// Numbers as people read them.
public enum Figure {
    /// A whole number with its thousands apart: `12,480`.
    public static func count(_ number: some BinaryInteger) -> String {
        let digits = Array(String(number.magnitude))
        var text = number < 0 ? "−" : ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index).isMultiple(of: 3) { text.append(",") }
            text.append(digit)
        }
        return text
    }

    /// A number with the thing that is counted: `1 record`, `2 records`.
    public static func count(_ number: some BinaryInteger, _ one: String, _ many: String? = nil) -> String {
        "\(count(number)) \(number == 1 ? one : many ?? "\(one)s")"
    }

    /// A number of bytes in the largest unit that fits: `512 B`, `2.4 KiB`, `18 GiB`.
    public static func bytes(_ number: Int64) -> String {
        var (size, unit) = (Double(max(number, 0)), 0)
        let units = ["B", "KiB", "MiB", "GiB", "TiB"]
        while size >= 1_024, unit < units.count - 1 { (size, unit) = (size / 1_024, unit + 1) }
        guard unit > 0, size < 10 else { return "\(count(Int64(size))) \(units[unit])" }
        let tenths = Int64(size * 10)
        return "\(tenths / 10).\(tenths % 10) \(units[unit])"
    }

    /// How many a second, over a number of seconds: `1,020/s`, `0.4/s`, `< 0.1/s`, `0/s`.
    public static func rate(_ number: Int64, seconds: Int64) -> String {
        guard number > 0, seconds > 0 else { return "0/s" }
        let tenths = (number &* 10) / seconds
        if tenths >= 100 { return "\(count(tenths / 10))/s" }
        return tenths == 0 ? "< 0.1/s" : "\(tenths / 10).\(tenths % 10)/s"
    }

    /// A length of time: `25 ms`, `2.5 s`, `10 s`, `1 h 20 min`.
    public static func duration(milliseconds: Int64) -> String {
        let length = max(milliseconds, 0)
        switch length {
        case ..<1_000: return "\(length) ms"
        case ..<10_000 where length % 1_000 >= 100: return "\(length / 1_000).\(length % 1_000 / 100) s"
        default: return Instant.span(seconds: length / 1_000)
        }
    }
}
