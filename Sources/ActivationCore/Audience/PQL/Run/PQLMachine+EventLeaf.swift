extension PQLMachine {
    /// Pushes the answer of a leaf, and takes down when it changes.
    mutating func pushAnswer(_ index: Int) {
        let answer = input.leaves[code.eventLeaves[index]] ?? answers[index] ?? workedOut(index)
        if let change = answer.changesAt { noteChange(at: change.milliseconds) }
        push(answer.value)
    }

    /// The answer of a leaf for the events at hand.
    private mutating func workedOut(_ index: Int) -> EventReading {
        spend(input.events.count)
        var state = EventLeafState.unknown
        let answer = code.eventLeaves[index].rebuild(&state, at: input.now, from: input.events, areAll: true)
        answers[index] = answer
        return answer
    }
}
