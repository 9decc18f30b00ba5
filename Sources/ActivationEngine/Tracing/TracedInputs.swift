/// Which inputs of a batch are part of a trace; holds nothing when none is.
struct TracedInputs: Sendable {
    private var stretches: [(inputs: Range<Int>, trace: TraceContext)] = []

    var isEmpty: Bool { stretches.isEmpty }

    /// Adds inputs that follow those before.
    mutating func append(_ inputs: Range<Int>, of trace: TraceContext) {
        precondition(inputs.lowerBound >= stretches.last?.inputs.upperBound ?? 0, "inputs are added in their order")
        if !inputs.isEmpty { stretches.append((inputs, trace)) }
    }

    /// The trace of an input.
    subscript(input: Int) -> TraceContext? {
        var low = 0
        var high = stretches.count
        while low < high {
            let middle = (low + high) / 2
            if stretches[middle].inputs.upperBound <= input { low = middle + 1 } else { high = middle }
        }
        guard low < stretches.count, stretches[low].inputs.contains(input) else { return nil }
        return stretches[low].trace
    }
}
