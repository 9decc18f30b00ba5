import ActivationCore
import Testing

extension ReferenceModelTests {
    private static let (mail, number) = (identity("Email", "m"), identity("Phone", "1"))

    @Test func `who was deleted for good is refused in any company until let in again`() {
        var model = Self.model()
        func admit(_ identities: [(String, String)]) -> ReferenceModel.Outcome {
            model.admit(Self.record(identities, ""), clock: Self.start)
        }
        #expect(admit([("Email", "m"), ("Phone", "1")]) == .accepted)
        #expect(admit([("Email", "n")]) == .accepted)
        _ = model.perform(.deletion(Self.mail, onReturn: .refuse), clock: Self.start)
        let state = (persons: model.persons.count, paths: model.paths.count)
        #expect(admit([("Email", "m")]) == .refused)
        #expect(admit([("Email", "n"), ("CRM", "c"), ("Phone", "1")]) == .refused)
        #expect(model.persons.count == state.persons && model.paths.count == state.paths)
        #expect(model.person(Self.identity("CRM", "c")) == nil)

        #expect(model.perform(.readmission(Self.number), clock: Self.start) == .readmitted)
        #expect(model.perform(.readmission(Self.number), clock: Self.start) == .unknown)
        #expect(admit([("Email", "n"), ("Phone", "1")]) == .accepted)
        #expect(admit([("Phone", "1"), ("Email", "m")]) == .refused)
    }

    @Test func `what happens to who comes again follows the deletion, else the setting`() {
        for (setting, onReturn, outcome) in [
            (.accept, nil, .accepted), (.refuse, nil, .refused), (.refuse, .accept, .accepted),
            (.accept, .refuse, .refused),
        ] as [(DecisionOptions.ReturnRule, DecisionOptions.ReturnRule?, ReferenceModel.Outcome)] {
            var model = Self.model()
            model.erasedReturn = setting
            _ = model.admit(Self.record([("Phone", "1"), ("Email", "m")], ""), clock: Self.start)
            _ = model.perform(.removal(Self.mail), clock: Self.start)
            _ = model.perform(.deletion(Self.number, onReturn: onReturn), clock: Self.start)
            #expect(model.admit(Self.record([("Phone", "1")], ""), clock: Self.start) == outcome)
            // It had left before.
            #expect(model.admit(Self.record([("Email", "m")], ""), clock: Self.start) == .accepted)
            _ = model.perform(.removal(Self.mail), clock: Self.start)
            let last: ReferenceModel.Outcome = setting == .refuse ? .refused : .accepted
            #expect(model.admit(Self.record([("Email", "m")], ""), clock: Self.start) == last)
        }
    }
}
