import ActivationCore

// Datasets that end, with all that they have stated (BEHAVIOUR 6.2).

extension ReferencePerson {
    /// Whether anything is known of the person by a dataset.
    func isStated(by dataset: String) -> Bool {
        attributes.isStated(by: dataset) || events.contains { $0.dataset == dataset }
    }
}

extension ReferenceModel {
    /// The first dataset that has ended by now and of which a person has something; of one instant the first by its bytes.
    func nextEnd(of number: Int) -> (dataset: String, instant: Int64)? {
        guard let person = persons[number] else { return nil }
        return catalog.ends.filter { $0.value <= now && person.isStated(by: $0.key) }
            .min { left, right in
                left.value != right.value
                    ? left.value < right.value : left.key.utf8.lexicographicallyPrecedes(right.key.utf8)
            }
            .map { ($0.key, $0.value) }
    }

    /// The persons of whom something is known that is to go.
    var personsWithEnded: [Int] { persons.keys.sorted().filter { nextEnd(of: $0) != nil } }

    /// A person as everybody sees them now: without what has ended and is not taken out yet.
    func visible(_ person: ReferencePerson) -> ReferencePerson {
        var person = person
        for (dataset, instant) in catalog.ends where instant <= now && person.attributes.isStated(by: dataset) {
            person.attributes = person.attributes.without(dataset)
        }
        return person
    }

    /// Takes out what a dataset has stated of a person, as of the instant at which it ended.
    mutating func endDataset(_ dataset: String, of number: Int, at instant: Int64) {
        guard let before = persons[number] else { return }
        var (person, change) = (before, ReferenceChange())
        change.parts = [before]
        change.before = before
        change.dataset = dataset
        change.endsDataset = true
        person.attributes = person.attributes.without(dataset)
        person.events.removeAll { $0.dataset == dataset }
        evaluate(&person, at: instant, change: &change)
        count([before], became: person)
        touched.insert(number)
        noteClockChange()
        endedStatements += 1
        person.revision = catalog.revision(after: person.revision)
        keep(person, change, at: instant)
    }
}
