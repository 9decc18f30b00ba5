import HeadwaterBench

extension CommandFailure {
    /// A measurement that came to no figure.
    init(_ error: BenchError) {
        let code: Code =
            switch error.code {
            case .badInput: .badInput
            case .unavailable: .unavailable
            case .software: .software
            }
        self.init(code, error.message)
    }
}
