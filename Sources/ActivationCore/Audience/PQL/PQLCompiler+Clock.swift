extension PQLCompiler {
    mutating func emitTimeWord(_ special: PQLSpecial, at node: PQLNode) throws(PQLError) {
        throw unsupported("\"\(special.rawValue)\"", at: node)
    }

    mutating func emitClock(_ function: PQLFunction, at node: PQLNode) throws(PQLError) {
        throw unsupported("\(function.rawValue)()", at: node)
    }

    mutating func emitOccurs(_ value: PQLNode, _ when: PQLWhen, at node: PQLNode) throws(PQLError) -> Result {
        throw unsupported("\"occurs\"", at: node)
    }

    mutating func emitChain(_ chain: PQLChain, at node: PQLNode) throws(PQLError) -> Result {
        throw unsupported("CHAIN", at: node)
    }

    private func unsupported(_ construct: String, at node: PQLNode) -> PQLError {
        error(.notSupportedYet, node, "\(construct) is part of the language but not supported yet")
    }
}
